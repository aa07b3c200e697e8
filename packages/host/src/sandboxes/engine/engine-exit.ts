import { constants } from 'node:os';
import { z } from 'zod';
import type { SandboxExit } from '../sandbox.ts';

/** What an engine's `inspect` says of a container; only the fields that tell how it ended. */
export const ContainerState = z.object({
  Running: z.boolean(),
  OOMKilled: z.boolean(),
  ExitCode: z.number().int(),
  Error: z.string(),
  StartedAt: z.string(),
});
export type ContainerState = z.infer<typeof ContainerState>;

/** All that is known when the client's process is over. */
export interface Ending {
  /** Did our own stop() ask for it? */
  readonly isStopped: boolean;
  /** How the client's process ended; `code` is null when a signal ended it. */
  readonly client: { readonly code: number | null; readonly signal: string | null };
  /** undefined where the engine has no such container, or no longer. */
  readonly container: ContainerState | undefined;
  /** Output proves that the sandbox ran, even when the engine can no longer say so. */
  readonly hasOutput: boolean;
  readonly errorReason: string;
}

/** The client's own failures: nothing was started, or the engine went away. */
const CLIENT_FAILED = 125;
const KILLED_BY_SIGKILL = 137;

/** The container's own record decides; the client's exit code only where there is none. */
export function exitOf(ending: Ending): SandboxExit {
  if (ending.isStopped) return { kind: 'killed', signal: 'SIGKILL' };
  const { container, client } = ending;
  if (container === undefined) return exitWithoutRecord(ending);
  if (!hasStarted(container)) return neverStarted(container.Error || ending.errorReason);
  if (isOutOfMemory(container)) return { kind: 'out-of-memory' };
  // Without its client a sandbox has nobody to talk to, whether the engine still runs it or it ended of that.
  if (container.Running || client.code === null) return { kind: 'killed', signal: client.signal ?? 'SIGKILL' };
  return exitOfCode(container.ExitCode);
}

/**
 * SIGKILL without a note about memory: the note may still be on its way, because the kernel tells the engine of an exit
 * and of memory by different paths.
 */
export function mayBecomeOutOfMemory(container: ContainerState | undefined): boolean {
  return (
    container !== undefined && !container.Running && !container.OOMKilled && container.ExitCode === KILLED_BY_SIGKILL
  );
}

/**
 * The engine notes any process of the sandbox that hit the limit; only with SIGKILL as the end of the whole was it the
 * end of the sandbox.
 */
function isOutOfMemory(container: ContainerState): boolean {
  return container.OOMKilled && container.ExitCode === KILLED_BY_SIGKILL;
}

function exitWithoutRecord({ client, hasOutput, errorReason }: Ending): SandboxExit {
  if (client.code === null) return { kind: 'killed', signal: client.signal ?? 'SIGKILL' };
  if (client.code !== CLIENT_FAILED) return exitOfCode(client.code);
  return hasOutput ? { kind: 'killed', signal: 'SIGKILL' } : neverStarted(errorReason);
}

function hasStarted(container: ContainerState): boolean {
  return !container.StartedAt.startsWith('0001-');
}

function neverStarted(detail: string): SandboxExit {
  return { kind: 'never-started', detail: detail || 'the engine gave no reason' };
}

/** Under `--init` a process that a signal ended shows as 128 + its number. */
function exitOfCode(code: number): SandboxExit {
  const signal = Object.entries(constants.signals).find(([, number]) => number + 128 === code)?.[0];
  return signal === undefined ? { kind: 'exited', code } : { kind: 'killed', signal };
}
