import { readFileSync } from 'node:fs';

/** A process id, and when that process began, so that a reused id is not taken for it. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot; empty where nobody can tell. */
  readonly began: string;
}

export function identityOf(pid: number): ProcessIdentity {
  return { pid, began: stateOf(pid)?.began ?? '' };
}

/** Undefined for text that says nothing: nobody can be shown to be meant. */
export function parseIdentity(text: string): ProcessIdentity | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('pid' in value) || !('began' in value)) return undefined;
    const { pid, began } = value;
    const isProcess = typeof pid === 'number' && Number.isInteger(pid) && pid > 0;
    return isProcess && typeof began === 'string' ? { pid, began } : undefined;
  } catch {
    return undefined;
  }
}

/** A signal that is not permitted finds a live process of somebody else: its start time tells whether it is ours. */
export function isAlive(identity: ProcessIdentity): boolean {
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const state = stateOf(identity.pid);
  if (state === undefined) return true;
  // One that has ended and that nobody has asked about can still be signalled.
  if (state.phase === 'Z' || state.phase === 'X') return false;
  return identity.began === '' || state.began === identity.began;
}

/** Fields 3 and 22 of proc(5); undefined where there is no /proc. */
function stateOf(pid: number): { phase: string; began: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { phase: fields[0] ?? '', began: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}
