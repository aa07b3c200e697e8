import { expect, test } from 'vitest';
import { COUNTS, MAX_GROWTH, recordedCounts } from '../../bench/counts.ts';

const recorded = recordedCounts();

test('what is counted is what is recorded', () => {
  expect(Object.keys(recorded)).toEqual(Object.keys(COUNTS));
});

test.each(Object.entries(COUNTS))(
  '%s: not more than was recorded, or node scripts/ratchet.mjs --record',
  async (name, count) => {
    const found = await count();

    expect(found).toBeGreaterThan(0);
    expect(found).toBeLessThanOrEqual((recorded[name] ?? 0) * MAX_GROWTH);
  },
);
