import { z } from 'zod';

const outcomes = z.record(z.string(), z.union([z.string(), z.number(), z.null()]));

/** What `inside/sandbox-check.mjs` has found out inside a sandbox. Outcomes are `done`, `connected`, a status or a code. */
export const CheckFacts = z.object({
  /** Lines of /proc/self/status by name. */
  status: z.record(z.string(), z.string()),
  namespaces: z.record(z.string(), z.string()),
  mounts: z.array(z.object({ target: z.string(), options: z.array(z.string()), type: z.string() })),
  environment: z.record(z.string(), z.string()),
  /** `NAME=value` of the first process. */
  environmentOfFirst: z.array(z.string()),
  devices: z.array(z.string()),
  interfaces: z.array(z.string()),
  writes: outcomes,
  reads: outcomes,
  connections: outcomes,
  names: outcomes,
  gateway: z.object({
    stranger: z.union([z.string(), z.number()]),
    forged: z.union([z.string(), z.number()]),
    otherPath: z.union([z.string(), z.number()]),
    strangerTunnel: z.union([z.string(), z.number()]),
    tunnels: outcomes,
  }),
  programs: outcomes,
  terminal: z.string(),
  /** Bytes that went into a file of `/tmp`. */
  filled: z.number(),
  /** Processes that could be started. */
  swarm: z.number(),
  /** How a process ended that took more memory than the sandbox may have. */
  hog: z.union([z.string(), z.number(), z.null()]),
});
export type CheckFacts = z.infer<typeof CheckFacts>;

/** What is tried inside. All of it goes into the sandbox. */
export interface CheckTrial {
  /** Directories and files in which nothing may be written. */
  readonly write: readonly string[];
  /** Directories in which the agent works. */
  readonly workPlaces: readonly string[];
  /** Paths of the host that must not be there. */
  readonly read: readonly string[];
  readonly connect: readonly { readonly host: string; readonly port: number }[];
  readonly names: readonly string[];
  /** Programs that would widen the sandbox, with their arguments. */
  readonly run: readonly (readonly string[])[];
  /** Targets that the gateway refuses whoever asks. */
  readonly forbidden: readonly string[];
  readonly socket: string;
  readonly token: string;
  readonly tmpBytes: number;
  readonly pids: number;
  readonly memoryBytes: number;
}

/** What the host knows besides, which stays outside. */
export interface CheckScene extends CheckTrial {
  /** The sandbox's user as the host is to see it, and as it saw it at a file that was written inside. */
  readonly user: { readonly uid: number; readonly gid: number };
  readonly writtenBy: { readonly uid: number; readonly gid: number } | undefined;
  /** Whether each sandbox is a virtual machine: what holds back the host's kernel elsewhere has nothing to hold there. */
  readonly hasOwnKernel: boolean;
  /** Namespaces of the host process; none where the host has no such things. */
  readonly namespaces: Readonly<Record<string, string>>;
  /** Values that must not be in any variable. */
  readonly secrets: readonly string[];
  /** `NAME=value` of the host, but for what every program is given. */
  readonly hostEnvironment: readonly string[];
}
