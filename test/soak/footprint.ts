import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';

/** What a host holds at a moment when it has nothing to do. */
export interface Footprint {
  /** JavaScript objects after a collection, in bytes. */
  readonly heapBytes: number;
  /** All memory of the process, in bytes; what the allocator keeps for later is in it. */
  readonly residentBytes: number;
  /** Timers, sockets and other things that keep its event loop busy. */
  readonly resources: number;
  /** Open file descriptors. */
  readonly files: number;
  /** Processes below it: sandboxes. */
  readonly descendants: number;
}

export async function footprintOf(host: ChildProcess): Promise<Footprint> {
  // The second answer is after what the first one has left to collect.
  const inside = (await ask(host)) && (await ask(host));
  const files = readdirSync(`/proc/${host.pid}/fd`).length;
  return { ...inside, files, descendants: descendantsOf(host.pid!).length };
}

async function ask(host: ChildProcess): Promise<Omit<Footprint, 'files' | 'descendants'>> {
  host.send('measure');
  const [answer] = await once(host, 'message');
  return answer;
}

/** Processes that a process has started, and those that these have, as they are now. */
export function descendantsOf(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      // The name in brackets may hold spaces and brackets of its own; the parent is the second field after it.
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      parents.set(Number(entry), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It has ended meanwhile.
    }
  }
  const isBelow = (candidate: number | undefined): boolean =>
    candidate !== undefined && (candidate === pid || isBelow(parents.get(candidate)));
  return [...parents.keys()].filter((candidate) => candidate !== pid && isBelow(candidate));
}
