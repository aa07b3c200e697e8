import { z } from 'zod';
import { describeAnswer, type EngineAnswer } from '../engine/engine-client.ts';
import type { Availability } from '../sandbox.ts';

/** What `podman info` must say before a sandbox is started with it. */
export const AVAILABILITY_ARGUMENTS = ['info', '--format', '{{json .}}'];

const Info = z.object({
  host: z.object({
    /** Kinds of limits that the kernel lets this user set: control groups of version 1 give a user none. */
    cgroupControllers: z.array(z.string()).nullish(),
    security: z.object({ rootless: z.boolean() }),
    /** True where containers run on another machine, as with `podman machine`. */
    serviceIsRemote: z.boolean().default(false),
    idMappings: z.object({ uidmap: z.array(z.object({ size: z.number() })).nullish() }).nullish(),
  }),
  version: z.object({ Version: z.string() }),
});

/** What decides how a sandbox is started with podman. */
export interface PodmanAbilities {
  readonly isRootless: boolean;
  /** Limits that hold for a sandbox as a whole. Where one is missing, a weaker one per process stands in. */
  readonly limits: { readonly memory: boolean; readonly pids: boolean; readonly cpus: boolean };
}

/** `userns=keep-id` needs ids of its own beside the user's: one mapping is the user alone. */
const MIN_ID_MAPPINGS = 2;

/** Reads the answer to `AVAILABILITY_ARGUMENTS`. Every refusal names one command that would help. */
export function abilitiesOf(answer: EngineAnswer): { availability: Availability; abilities?: PodmanAbilities } {
  if (answer.kind !== 'done') return { availability: refusalOf(answer) };
  const info = parseInfo(answer.stdout);
  if (info === undefined) {
    return refused('podman says of itself what cannot be read', 'sudo apt-get install -y podman');
  }
  const { host, version } = info;
  if (host.serviceIsRemote) {
    // The gateway is a socket file of this machine, and a socket is not passed on to another kernel.
    return refused('this podman runs containers on another machine', 'unset CONTAINER_HOST');
  }
  const isRootless = host.security.rootless;
  if (isRootless && (host.idMappings?.uidmap?.length ?? 0) < MIN_ID_MAPPINGS) {
    const remedy = 'sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 "$USER"';
    return refused('this user has no user ids to give away (/etc/subuid)', remedy);
  }
  const has = (name: string): boolean => host.cgroupControllers?.includes(name) ?? false;
  const limits = { memory: has('memory'), pids: has('pids'), cpus: has('cpu') };
  const who = isRootless ? ', rootless' : '';
  const missing = Object.entries(limits).flatMap(([name, holds]) => (holds ? [] : [name]));
  const weak = missing.length === 0 ? '' : `; no limit for the whole on ${missing.join(', ')}`;
  const detail = `Podman ${version.Version}${who}${weak}`;
  return { availability: { ok: true, detail }, abilities: { isRootless, limits } };
}

function refusalOf(answer: Exclude<EngineAnswer, { kind: 'done' }>): Availability {
  const reason = describeAnswer('podman', answer);
  if (answer.kind === 'missing') return { ok: false, reason, remedy: 'sudo apt-get install -y podman' };
  return { ok: false, reason, remedy: 'podman info' };
}

function refused(reason: string, remedy: string): { availability: Availability } {
  return { availability: { ok: false, reason, remedy } };
}

function parseInfo(stdout: string): z.infer<typeof Info> | undefined {
  try {
    return Info.parse(JSON.parse(stdout));
  } catch {
    // Another program of that name, or a version we cannot read: the same as no answer.
    return undefined;
  }
}
