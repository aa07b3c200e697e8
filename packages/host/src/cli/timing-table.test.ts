import { expect, test } from 'vitest';
import { timingTable } from './timing-table.ts';

const turn = (isCold: boolean, stages: Record<string, number>) => ({ turn: 't', group: 'main', isCold, at: 0, stages });

test('every stage has its median and its longest, cold and warm apart', () => {
  const table = timingTable([
    turn(true, { queued: 2, began: 500, sent: 1 }),
    turn(true, { queued: 4, began: 700, sent: 3 }),
    turn(true, { queued: 3, began: 600, sent: 2 }),
    turn(false, { queued: 1, began: 30 }),
  ]);

  expect(table).toMatch(/began +600 +700 +30 +30 +until the first request/);
  expect(table).toMatch(/sent +2 +3 +- +-/);
  expect(table).toMatch(/in all +605 +707 +31 +31 +3 cold, 1 warm/);
});

test('without turns it says so', () => {
  expect(timingTable([])).toContain('no turn is over');
});
