import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createManualClock, insertTask, readRuns } from '@nanoclaw/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pruneRunLogs } from '../agents/run-log-files.ts';
import { openStores, type Stores } from '../app-stores.ts';
import { silentLog } from '../kernel/log.ts';
import type { ChatJid } from '../messages/message.ts';
import { FIRST_RETENTION_MS, MAX_ROWS_AT_ONCE, type Prunable, RETENTION_LOOK_MS, startRetention } from './retention.ts';

const CHAT = 'tg:1' as ChatJid;
const DAY_MS = 86_400_000;
const KEPT_DAYS = 10;

let stores: Stores;
let clock: ReturnType<typeof createManualClock>;
let ending: AbortController;
beforeEach(() => {
  stores = openStores(':memory:');
  clock = createManualClock();
  ending = new AbortController();
});
afterEach(() => ending.abort());

function start(prunables: readonly Prunable[], days = KEPT_DAYS): void {
  void startRetention({ days, prunables, clock, log: silentLog }, ending.signal);
}

const text = (ageDays: number): number => {
  const now = clock.now() - ageDays * DAY_MS;
  return stores.outbox.add({ chatJid: CHAT, text: `${ageDays} days old`, origin: 'answer', now });
};

test('finished texts are removed after their time, unfinished ones never', async () => {
  for (const age of [9, 11]) stores.outbox.markSent(text(age), 'p', clock.now());
  stores.outbox.markFailed(text(11), 'refused');
  text(400);
  start([{ what: 'texts', prune: stores.outbox.prune }]);
  await clock.advance(FIRST_RETENTION_MS);
  expect(stores.outbox.counts()).toEqual({ pending: 1, sent: 1 });

  await clock.advance(2 * DAY_MS);
  expect(stores.outbox.counts()).toEqual({ pending: 1 });
});

test('turns, runs of tasks and quarantine go the same way', async () => {
  const old = clock.now() - (KEPT_DAYS + 1) * DAY_MS;
  const turn = { chatJid: CHAT, groupFolder: 'main', runId: 'run', fromSeq: 0, toSeq: 1 };
  stores.turns.open({ ...turn, id: 'ended' }, old);
  stores.turns.finish('ended', { state: 'done' }, old);
  stores.turns.open({ ...turn, id: 'open' }, old);
  const id = insertTask(stores.database, { nextRun: new Date(old).toISOString() });
  stores.taskRuns.claim(stores.tasks.find(id)!, old + DAY_MS, old);
  const run = stores.taskRuns.claimed()[0]!;
  stores.taskRuns.finish(run, { status: 'success', result: null }, { now: old, durationMs: 1 });
  stores.taskRuns.claim(stores.tasks.find(id)!, clock.now() + DAY_MS, old);
  stores.quarantine.add({ source: 'platform', owner: 'x', reason: 'r', content: '' }, old);
  start(
    [stores.turns.prune, stores.taskRuns.prune, stores.quarantine.prune].map((prune) => ({ what: 'things', prune })),
  );
  await clock.advance(FIRST_RETENTION_MS);

  expect(stores.turns.counts()).toEqual({ running: 1 });
  expect(readRuns(stores.database, id).map(({ status }) => status)).toEqual(['claimed']);
  expect(stores.quarantine.counts()).toEqual({});
});

test('much of it is removed in pieces, all of it in one look', async () => {
  let left = 2.5 * MAX_ROWS_AT_ONCE;
  const pieces: number[] = [];
  const prune = (_: number, limit: number): number => {
    const removed = Math.min(limit, left);
    left -= removed;
    pieces.push(removed);
    return removed;
  };
  start([{ what: 'rows', prune }]);
  await clock.advance(FIRST_RETENTION_MS);

  expect(pieces).toEqual([MAX_ROWS_AT_ONCE, MAX_ROWS_AT_ONCE, MAX_ROWS_AT_ONCE / 2]);
});

test('a failure of one kind stops no other, and it is tried again', async () => {
  let tries = 0;
  const failing = (): number => {
    tries++;
    throw new Error('disk full');
  };
  stores.outbox.markSent(text(11), 'p', clock.now());
  start([
    { what: 'broken', prune: failing },
    { what: 'texts', prune: stores.outbox.prune },
  ]);
  await clock.advance(FIRST_RETENTION_MS + RETENTION_LOOK_MS);

  expect(stores.outbox.counts()).toEqual({});
  expect(tries).toBe(2);
});

test('0 days keep everything', async () => {
  stores.outbox.markSent(text(4_000), 'p', clock.now());
  start([{ what: 'texts', prune: stores.outbox.prune }], 0);
  await clock.advance(DAY_MS);

  expect(stores.outbox.counts()).toEqual({ sent: 1 });
});

test('old logs of runs are removed, and no other file', async () => {
  const logs = mkdtempSync(join(tmpdir(), 'nanoclaw-logs-'));
  mkdirSync(join(logs, 'main'));
  const old = new Date(clock.now() - DAY_MS);
  for (const name of ['host.log', 'main/run-1.log', 'main/run-2.log', 'main/notes.txt']) {
    writeFileSync(join(logs, name), name);
    if (name !== 'main/run-2.log') utimesSync(join(logs, name), old, old);
  }

  expect(await pruneRunLogs(logs, clock.now(), 10)).toBe(1);
  expect(readdirSync(logs).sort()).toEqual(['host.log', 'main']);
  expect(readdirSync(join(logs, 'main')).sort()).toEqual(['notes.txt', 'run-2.log']);
  rmSync(logs, { recursive: true });
});
