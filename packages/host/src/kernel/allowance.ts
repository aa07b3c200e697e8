import type { Instant } from './clock.ts';

/** Something that may be used in bursts and comes back with time: documents, bytes. */
export interface Allowance {
  /** What may be used now; below zero after more was used than there was. */
  left(): number;
  use(amount: number): void;
  /** How long until there is something left again, in milliseconds; 0 when there is. */
  waitMs(): number;
}

/** Full at the beginning, and never more than `most`. */
export function createAllowance(options: { most: number; perSecond: number; now: () => Instant }): Allowance {
  const { most, perSecond, now } = options;
  let amount = most;
  let countedAt = now();

  function left(): number {
    const at = now();
    // A clock that was set back gives nothing and takes nothing.
    amount = Math.min(most, amount + (Math.max(0, at - countedAt) / 1000) * perSecond);
    countedAt = at;
    return amount;
  }

  return {
    left,
    use(used) {
      amount = left() - used;
    },
    waitMs: () => Math.max(0, Math.ceil((-left() / perSecond) * 1000)),
  };
}
