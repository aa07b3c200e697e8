import { createManualClock } from '@nanoclaw/testkit';
import { expect, test } from 'vitest';
import { createAllowance } from './allowance.ts';

test('an allowance is used up, says how long it is empty, and fills up again to its most', async () => {
  const clock = createManualClock(0);
  const allowance = createAllowance({ most: 10, perSecond: 2, now: clock.now });

  allowance.use(14);
  expect(allowance.left()).toBe(-4);
  expect(allowance.waitMs()).toBe(2_000);

  await clock.advance(2_500);
  expect(allowance.left()).toBe(1);
  expect(allowance.waitMs()).toBe(0);

  await clock.advance(60_000);
  expect(allowance.left()).toBe(10);
});
