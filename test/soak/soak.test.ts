import { expect, test } from 'vitest';
import { leaks } from './leaks.ts';
import { soak } from './soak.ts';

/** How long `npm test` soaks, in milliseconds; `npm run test:soak` takes ten minutes. */
const SOAK_MS = 30_000;

test('a host under faults loses nothing, says nothing twice and ends with what it began with', async () => {
  const report = await soak({ ms: SOAK_MS, seed: 7 });

  expect(report.open).toEqual([]);
  expect(report.duplicates).toEqual([]);
  expect(leaks(report)).toEqual([]);
  expect(report.asked).toBeGreaterThan(50);
  expect(Object.values(report.faults).every((times) => times > 0)).toBe(true);
}, 900_000);

test('what is held is told', () => {
  const before = { heapBytes: 10_000_000, residentBytes: 1, resources: 10, files: 30, descendants: 0 };
  const after = { heapBytes: 20_000_000, residentBytes: 1, resources: 30, files: 60, descendants: 2 };

  expect(leaks({ before, after: before })).toEqual([]);
  expect(leaks({ before, after })).toHaveLength(4);
});
