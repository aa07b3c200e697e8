import { beforeEach, describe, expect, test } from 'vitest';
import { openStores, type Stores } from '../app-stores.ts';
import { type Group, planGroup } from '../groups/group.ts';
import { createSpending, type Spending, startOfDay } from './spending.ts';

const DAY_MS = 86_400_000;
const NOON = Date.UTC(2026, 4, 1, 12);
let stores: Stores;
let now: number;
let group: Group;
let main: Group;

beforeEach(() => {
  stores = openStores(':memory:');
  now = NOON;
  const defaults = { trigger: '@Andy', addedAt: '' };
  main = planGroup({ jid: 'local:main', name: 'main', folder: 'main', isMain: true }, defaults);
  group = planGroup({ jid: 'tg:1', name: 'Friends', folder: 'friends', dailyBudgetUsd: 1 }, defaults);
  stores.groups.add(main);
  stores.groups.add(group);
});

function spending(budgetUsd?: number, isFree = false): Spending {
  const known = { ...stores, budgetUsd, isFree, timezone: 'UTC', onOutgoing: () => undefined };
  return createSpending({ ...known, now: () => now });
}
/** A million tokens of this model cost five dollars when they are written by the model's client. */
const MODEL = 'claude-opus-4-6';
const spend = (by: Spending, costUsd: number, who = group): void =>
  by.count({
    ...{ groupFolder: who.folder, runId: 'run', model: MODEL, status: 200 },
    ...{ inputTokens: Math.round(costUsd * 200_000), outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 },
  });
const notices = (): string[] =>
  stores.database.prepare('SELECT text FROM outbox ORDER BY id').pluck().all() as string[];

describe('the budget of a chat', () => {
  test('is over when it is spent, and begins anew at midnight', () => {
    const by = spending();
    spend(by, 0.99);
    expect(by.isOver(group)).toBe(false);
    spend(by, 0.01);
    expect(by.isOver(group)).toBe(true);
    expect(by.isOver(main)).toBe(false);
    now += DAY_MS / 2;

    expect(by.isOver(group)).toBe(false);
  });

  test('warns main once at each mark', () => {
    const by = spending();
    for (let cent = 0; cent < 110; cent++) spend(by, 0.01);

    expect(notices()).toEqual([
      'The chat Friends has spent 50 % of what may be spent today ($1).',
      'The chat Friends has spent 80 % of what may be spent today ($1).',
      'The chat Friends has spent 100 % of what may be spent today ($1).',
    ]);
  });

  test('that one result spends at once warns once', () => {
    spend(spending(), 5);

    expect(notices()).toHaveLength(1);
  });

  test('of nothing lets nothing begin', () => {
    expect(spending().isOver({ ...group, dailyBudgetUsd: 0 })).toBe(true);
  });
});

test('the budget of all chats counts what each has spent', () => {
  const by = spending(2);
  spend(by, 0.9);
  spend(by, 1.1, main);

  expect([by.isOver(group), by.isOver(main)]).toEqual([true, true]);
  expect(notices().at(-1)).toBe('All chats together have spent 100 % of what may be spent today ($2).');
});

test('a model that costs nothing spends nothing', () => {
  const by = spending(1, true);
  spend(by, 100);

  expect(by.isOver(group)).toBe(false);
  expect(stores.requests.costSince(0)).toBe(0);
});

test('what a runner says of itself counts against no budget', () => {
  const by = spending(1);
  const said = { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0, durationMs: 1, costUsd: 99 };
  by.add(group, { ...said, turnId: 't' });

  expect(by.isOver(group)).toBe(false);
});

test.each([
  ['UTC', '2026-05-01T12:34:56.789Z', '2026-05-01T00:00:00.000Z'],
  ['Europe/Berlin', '2026-05-01T12:00:00.000Z', '2026-04-30T22:00:00.000Z'],
  ['America/New_York', '2026-05-01T03:00:00.000Z', '2026-04-30T04:00:00.000Z'],
])('in %s the day of %s began at %s', (zone, instant, start) => {
  expect(new Date(startOfDay(Date.parse(instant), zone)).toISOString()).toBe(start);
});
