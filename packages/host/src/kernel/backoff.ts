import { assert } from './errors.ts';

/** First retry delay of failed work, in milliseconds. */
export const FIRST_RETRY_MS = 5_000;

/**
 * Delay before retry number `attempt` (1 and up): 5·2^(n−1) seconds, made ±20 % uneven by `random` in [0, 1) so that
 * many failures do not retry in step.
 */
export function retryDelayMs(attempt: number, random: number): number {
  assert(attempt >= 1 && random >= 0 && random < 1, 'attempt counts from 1 and random is in [0, 1)');
  const even = FIRST_RETRY_MS * 2 ** (attempt - 1);
  return Math.round(even * (0.8 + 0.4 * random));
}

/** The same, but never longer than `maxMs`: for what is tried for as long as it takes. */
export function cappedRetryDelayMs(attempt: number, random: number, maxMs: number): number {
  const doublings = Math.min(attempt, MAX_DOUBLINGS);
  return Math.min(maxMs, retryDelayMs(doublings, random));
}

/** Beyond this many the delay is longer than any cap, and the power would leave the range of exact numbers. */
const MAX_DOUBLINGS = 30;
