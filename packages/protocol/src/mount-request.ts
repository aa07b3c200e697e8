import { z } from 'zod';

/** Most additional mounts of one group. */
export const MAX_EXTRA_MOUNTS = 32;

/** A path of the host: absolute, or beginning with `~/`. */
export const HostPath = z.string().min(1).max(4_096);

/** A wish of a group's registration, in v1's form (`containerConfig.additionalMounts`). */
export const MountRequest = z.object({
  hostPath: HostPath,
  /** Below `/workspace/extra`; the last name of `hostPath` unless it is given. */
  containerPath: z.string().min(1).max(4_096).optional(),
  readonly: z.boolean().default(true),
});
export type MountRequest = z.output<typeof MountRequest>;
