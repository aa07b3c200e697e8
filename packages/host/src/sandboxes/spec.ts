import { SANDBOX_PATHS } from '@nanoclaw/protocol';

/** One directory or file of the host that a sandbox sees. `source` is absolute and already resolved. */
export interface Mount {
  readonly source: string;
  readonly target: string;
  readonly mode: 'read-only' | 'read-write';
}

/** Ceilings for one sandbox; drivers enforce all of them or refuse to start. */
export interface SandboxLimits {
  readonly memoryBytes: number;
  /** May be a fraction: 1.5 is one and a half cores. */
  readonly cpus: number;
  /** Processes and threads together. */
  readonly pids: number;
  /** Size of the in-memory `/tmp` and home, each, in bytes. Counts against memory. */
  readonly tmpBytes: number;
}

/** Who the sandbox's processes are, as the host sees them. Never 0. */
export interface SandboxUser {
  readonly uid: number;
  readonly gid: number;
}

/** All there is to say about one sandbox. Network is not a field: there is none. */
export interface SandboxSpec {
  readonly name: string;
  readonly installation: string;
  readonly groupFolder: string;
  readonly runId: string;
  readonly user: SandboxUser;
  readonly mounts: readonly Mount[];
  readonly environment: Readonly<Record<string, string>>;
  readonly limits: SandboxLimits;
}

/**
 * The user sandboxes run as when the host itself is root: an id in the range that no Linux distribution and neither
 * adduser nor systemd hands out (60578–61183), so that it is nobody's on the host.
 */
export const SANDBOX_UID = 60_600;

/** An unprivileged host is its own sandbox user: files stay the owner's. A root host gives its sandboxes another. */
export function sandboxUser(hostUid: number, hostGid: number): SandboxUser {
  return hostUid === 0 ? { uid: SANDBOX_UID, gid: SANDBOX_UID } : { uid: hostUid, gid: hostGid };
}

/** Labels by which every driver finds its own sandboxes again. */
export const LABELS = {
  installation: 'nanoclaw.installation',
  group: 'nanoclaw.group',
  run: 'nanoclaw.run',
} as const;

/** Names are v1's: `nanoclaw-<folder>-<milliseconds>`. */
export function sandboxName(groupFolder: string, nowMs: number): string {
  return `nanoclaw-${groupFolder.replaceAll(/[^A-Za-z0-9-]/g, '-')}-${nowMs}`;
}

/** Environment every sandbox gets; nothing in it is secret. */
export function baseEnvironment(timezone: string): Record<string, string> {
  return { TZ: timezone, HOME: SANDBOX_PATHS.home, LANG: 'C.UTF-8', USER: 'node' };
}
