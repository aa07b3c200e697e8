import { type Clock, startLoop } from '../kernel/clock.ts';
import { describeError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';

/** How often it is looked what has become too old, in milliseconds. */
export const RETENTION_LOOK_MS = 60 * 60_000;

/** How long a host that has just started is left alone before the first look, in milliseconds. */
export const FIRST_RETENTION_MS = 5 * 60_000;

/** Most rows that one statement removes: between two of them everybody else gets a turn at the database. */
export const MAX_ROWS_AT_ONCE = 1_000;

const DAY_MS = 86_400_000;

/** One kind of finished things. */
export interface Prunable {
  readonly what: string;
  /** Removes what ended before a moment (milliseconds since the epoch), at most `limit` of it; gives how many. */
  prune(before: number, limit: number): number | Promise<number>;
}

export interface RetentionDeps {
  /** How long finished things are kept; 0 for ever. */
  readonly days: number;
  readonly prunables: readonly Prunable[];
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Removes finished texts, turns, runs and logs after their time. Messages, usage and everything that is not finished stay.
 * A failure of one kind is logged and stops no other.
 */
export async function startRetention(deps: RetentionDeps, signal: AbortSignal): Promise<void> {
  const { days, prunables, clock, log } = deps;
  if (days === 0) return;
  await clock.sleep(FIRST_RETENTION_MS, signal);
  await startLoop({
    clock,
    everyMs: RETENTION_LOOK_MS,
    signal,
    onError: (error) => log.error('retention.failed', { error: describeError(error) }),
    async body() {
      for (const prunable of prunables) await pruneAll(deps, prunable, clock.now() - days * DAY_MS, signal);
    },
  }).stopped;
}

async function pruneAll({ log }: RetentionDeps, { what, prune }: Prunable, before: number, signal: AbortSignal) {
  let removed = 0;
  try {
    for (let last = MAX_ROWS_AT_ONCE; last === MAX_ROWS_AT_ONCE && !signal.aborted; removed += last) {
      last = await prune(before, MAX_ROWS_AT_ONCE);
      await new Promise((resolve) => setImmediate(resolve));
    }
  } catch (error) {
    log.error('retention.failed', { what, error: describeError(error) });
  }
  if (removed > 0) log.info('retention.removed', { what, removed });
}
