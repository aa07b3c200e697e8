import { expect, test } from 'vitest';
import { mapLimited } from './map-limited.ts';

test('all are worked on, few at a time, and the results are in order', async () => {
  let running = 0;
  let most = 0;
  const results = await mapLimited([5, 4, 3, 2, 1], 2, async (n) => {
    most = Math.max(most, ++running);
    for (let step = 0; step < n; step++) await Promise.resolve();
    running--;
    return n * 10;
  });
  expect(results).toEqual([50, 40, 30, 20, 10]);
  expect(most).toBe(2);
});

test('nothing gives nothing, and a failure is passed on', async () => {
  expect(await mapLimited([], 3, async () => 1)).toEqual([]);
  await expect(mapLimited([1, 2], 1, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
});
