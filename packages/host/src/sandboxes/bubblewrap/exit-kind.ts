import { constants } from 'node:os';
import type { SandboxExit } from '../sandbox.ts';

/** All that is known about the end of one sandbox. */
export interface EndFacts {
  /** Whether the first process inside has run. */
  readonly hasStarted: boolean;
  /** Its exit code as bubblewrap reports it; undefined when bubblewrap itself was ended. */
  readonly innerCode: number | undefined;
  /** How the outermost process ended. */
  readonly outer: { readonly code: number | null; readonly signal: string | null };
  readonly isStopRequested: boolean;
  readonly memoryDeaths: number;
  /** The first of what was written to stderr. */
  readonly complaint: string;
}

/** Shells report a child that a signal ended as this much more than the signal's number. */
const SIGNAL_BASE = 128;
const KILLED = SIGNAL_BASE + constants.signals.SIGKILL;

/**
 * Tells the ends of a sandbox apart. Every step of the way in fails with 1 or the like, as a runner may; only the word
 * of the first process inside makes the difference. Codes above 128 that belong to a signal count as that signal: a
 * shell passes them on so.
 */
export function exitKind(facts: EndFacts): SandboxExit {
  const { hasStarted, innerCode, outer, isStopRequested, memoryDeaths, complaint } = facts;
  const isKilled = innerCode === undefined || innerCode === KILLED;
  if (isStopRequested && isKilled) return { kind: 'killed', signal: 'SIGKILL' };
  if (memoryDeaths > 0 && isKilled) return { kind: 'out-of-memory' };
  if (hasStarted && innerCode !== undefined) return innerEnd(innerCode);
  if (hasStarted || outer.signal !== null) return { kind: 'killed', signal: outer.signal ?? 'SIGKILL' };
  const detail = complaint.trim() === '' ? `bubblewrap exited with code ${outer.code}` : complaint.trim();
  return { kind: 'never-started', detail };
}

function innerEnd(code: number): SandboxExit {
  const signal = signalName(code - SIGNAL_BASE);
  return signal === undefined ? { kind: 'exited', code } : { kind: 'killed', signal };
}

function signalName(number: number): string | undefined {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
}
