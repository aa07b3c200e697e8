import { readdirSync, readFileSync } from 'node:fs';

/** Memory of processes in bytes. */
export interface Memory {
  /** Pages that are in memory, those shared with others counted in full for each process. */
  readonly resident: number;
  /** The same with shared pages divided by the number of processes that use them. */
  readonly proportional: number;
}

/** Milliseconds in one tick of `/proc/<pid>/stat`, on every Linux. */
const TICK_MS = 10;

/** Processor time of a process and of its children that have ended, in milliseconds; steps of 10 ms. */
export function processorMs(pid: number): number {
  // Fields 14 to 17 of the file: user and system time, and both of the children that were waited for.
  const ticks = statFields(pid).slice(11, 15).map(Number);
  return ticks.reduce((sum, value) => sum + value, 0) * TICK_MS;
}

/** Memory of all the processes together. One that has just ended counts as nothing. */
export function memoryOf(pids: readonly number[]): Memory {
  const each = pids.map((pid) => ({
    resident: kilobytes(read(`/proc/${pid}/status`), 'VmRSS'),
    proportional: kilobytes(read(`/proc/${pid}/smaps_rollup`), 'Pss'),
  }));
  return {
    resident: each.reduce((sum, { resident }) => sum + resident, 0) * 1024,
    proportional: each.reduce((sum, { proportional }) => sum + proportional, 0) * 1024,
  };
}

/** A process, its children, theirs, and so on. */
export function familyOf(pid: number): number[] {
  const parents = new Map<number, number[]>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const child = Number(name);
    const parent = Number(statFields(child)[1]);
    parents.set(parent, [...(parents.get(parent) ?? []), child]);
  }
  const family = [pid];
  for (const member of family) family.push(...(parents.get(member) ?? []));
  return family;
}

/** What a process calls itself, for people. */
export function nameOf(pid: number): string {
  return read(`/proc/${pid}/comm`).trim();
}

/** Fields from the state on, field 3: the name before them may itself contain blanks and parentheses. */
function statFields(pid: number): string[] {
  const text = read(`/proc/${pid}/stat`);
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function kilobytes(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0);
}

/** Empty for a process that has ended in between. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
