import { type Allowance, createAllowance } from '../kernel/allowance.ts';
import type { Instant } from '../kernel/clock.ts';
import type { TokenHolder } from './run-tokens.ts';

/** How many hosts one run may ask for in a burst, and how many a second after that. */
export const WISHES_AT_ONCE = 2_000;
export const WISHES_PER_SECOND = 2;

/**
 * Bounds how often a run may ask for a host: each wish is a line of the record, and an agent that could write as many as it
 * likes would wash out what it did before.
 */
export function createWishLimit(now: () => Instant): (holder: TokenHolder) => boolean {
  const allowances = new WeakMap<TokenHolder, Allowance>();
  return (holder) => {
    let allowance = allowances.get(holder);
    if (allowance === undefined) {
      allowance = createAllowance({ most: WISHES_AT_ONCE, perSecond: WISHES_PER_SECOND, now });
      allowances.set(holder, allowance);
    }
    if (allowance.left() < 1) return false;
    allowance.use(1);
    return true;
  };
}
