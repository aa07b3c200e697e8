import type { Clock } from '../../kernel/clock.ts';
import { childrenOf, hasHalted, isAlive, isFirstOfNamespace } from './process-scan.ts';

/** Pause between two looks at processes that are ending, and how many looks there are: five seconds in all. */
const LOOK_AGAIN_MS = 10;
const LOOKS = 500;
/** The same for a process that is to halt, which takes as long as its current system call. */
const HALT_LOOK_MS = 1;
const HALT_LOOKS = 1000;

/**
 * Ends a sandbox by the process that the host started. When that one already has a child that is the first process of a
 * namespace, the child is ended: the kernel then ends everything in there before the child is gone, and the process
 * ends with it, so that its end means that nothing is left. Before that, the process itself is ended. It is halted in
 * between, or it could make the child just after it was looked for.
 */
export async function endFirstProcess(pid: number, clock: Clock): Promise<void> {
  signal(pid, 'SIGSTOP');
  for (let look = 0; look < HALT_LOOKS && !hasHalted(pid); look += 1) await clock.sleep(HALT_LOOK_MS);
  const first = childrenOf(pid).find(isFirstOfNamespace);
  signal(first ?? pid, 'SIGKILL');
  if (first !== undefined) signal(pid, 'SIGCONT');
}

/** Waits until none of the processes runs; after the waiting time they are ended by force and no longer waited for. */
export async function waitUntilGone(pids: readonly number[], clock: Clock): Promise<void> {
  for (let look = 0; look < LOOKS; look += 1) {
    if (!pids.some(isAlive)) return;
    await clock.sleep(LOOK_AGAIN_MS);
  }
  for (const pid of pids) signal(pid, 'SIGKILL');
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended by itself in between.
  }
}
