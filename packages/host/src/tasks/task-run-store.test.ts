import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { insertTask, readRuns, readTask } from '@nanoclaw/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Database, openStore } from '../store/open-store.ts';
import { createTaskRunStore, type TaskRunStore } from './task-run-store.ts';
import { createTaskStore, type TaskStore } from './task-store.ts';

const NOON = Date.UTC(2026, 0, 1, 12);
const NOON_TEXT = '2026-01-01T12:00:00.000Z';

let database: Database;
let tasks: TaskStore;
let runs: TaskRunStore;
beforeEach(() => {
  database = openStore(':memory:');
  tasks = createTaskStore(database);
  runs = createTaskRunStore(database);
});
afterEach(() => database.close());

const dueIds = (now = NOON): string[] => tasks.due(now, 10).map(({ id }) => id);

describe('a claim', () => {
  test('stores the next time and the run together', () => {
    const id = insertTask(database, { type: 'interval', value: '60000', nextRun: NOON_TEXT });

    expect(runs.claim(tasks.find(id)!, NOON + 60_000, NOON)).toBe(true);

    expect(readTask(database, id)).toMatchObject({ status: 'active', next_run: '2026-01-01T12:01:00.000Z' });
    expect(readRuns(database, id)).toMatchObject([{ status: 'claimed', due_at: NOON_TEXT, attempt: 1 }]);
  });

  test('completes a task that has no next time', () => {
    const id = insertTask(database, { nextRun: NOON_TEXT });

    runs.claim(tasks.find(id)!, undefined, NOON);

    expect(readTask(database, id)).toMatchObject({ status: 'completed', next_run: null, last_run: null });
  });

  test('of two that have read the same task one is made', () => {
    const directory = mkdtempSync(join(tmpdir(), 'nanoclaw-claim-'));
    const [one, other] = [openStore(join(directory, 'a.db')), openStore(join(directory, 'a.db'))];
    const id = insertTask(one, { nextRun: NOON_TEXT });
    const [read, readToo] = [createTaskStore(one).find(id)!, createTaskStore(other).find(id)!];

    const made = [
      createTaskRunStore(one).claim(read, NOON + 1, NOON),
      createTaskRunStore(other).claim(readToo, NOON + 1, NOON),
    ];

    expect(made).toEqual([true, false]);
    expect(readRuns(other, id)).toHaveLength(1);
    one.close();
    other.close();
    rmSync(directory, { recursive: true });
  });

  test('of a task that was paused or moved since it was read is none', () => {
    const paused = insertTask(database, { nextRun: NOON_TEXT });
    const moved = insertTask(database, { nextRun: NOON_TEXT });
    const read = [tasks.find(paused)!, tasks.find(moved)!];
    tasks.pause(paused, 'a reason');
    database.prepare('UPDATE scheduled_tasks SET next_run = ? WHERE id = ?').run('2027-01-01T00:00:00.000Z', moved);

    expect(read.map((task) => runs.claim(task, undefined, NOON))).toEqual([false, false]);

    expect(runs.claimed()).toEqual([]);
  });

  test('of a due time that has had its run moves the task on and makes no other', () => {
    const id = insertTask(database, { type: 'cron', value: '0 12 * * *', nextRun: NOON_TEXT });
    runs.claim(tasks.find(id)!, NOON + 86_400_000, NOON);
    runs.skip(runs.claimed()[0]!, 'a reason', NOON);
    database.prepare('UPDATE scheduled_tasks SET next_run = ?').run(NOON_TEXT);

    expect(runs.claim(tasks.find(id)!, NOON + 86_400_000, NOON)).toBe(false);

    expect(readTask(database, id).next_run).toBe('2026-01-02T12:00:00.000Z');
    expect(readRuns(database, id)).toHaveLength(1);
  });

  test('that cannot store its run changes nothing', () => {
    const id = insertTask(database, { nextRun: NOON_TEXT });
    database.exec("CREATE TRIGGER full BEFORE INSERT ON task_run_logs BEGIN SELECT RAISE(ABORT, 'no room'); END");

    expect(() => runs.claim(tasks.find(id)!, undefined, NOON)).toThrow('no room');

    expect(readTask(database, id)).toMatchObject({ status: 'active', next_run: NOON_TEXT });
  });
});

describe('tasks that are due', () => {
  test('are active ones whose time has come, the longest due first', () => {
    insertTask(database, { id: 'late', nextRun: '2026-01-01T11:00:00.000Z' });
    insertTask(database, { id: 'now', nextRun: NOON_TEXT });
    insertTask(database, { id: 'soon', nextRun: '2026-01-01T12:00:00.001Z' });
    insertTask(database, { id: 'paused', status: 'paused', nextRun: NOON_TEXT });
    insertTask(database, { id: 'never', nextRun: null });

    expect(dueIds()).toEqual(['late', 'now']);
    expect(tasks.due(NOON, 1)).toHaveLength(1);
    expect(tasks.nextDueAt()).toBe(NOON - 3_600_000);
    expect(tasks.counts(NOON)).toEqual({ active: 4, paused: 1, due: 2, running: 0 });
  });

  test('leave out those whose run is not over', () => {
    const id = insertTask(database, { type: 'interval', value: '1', nextRun: NOON_TEXT });
    runs.claim(tasks.find(id)!, NOON + 1, NOON);
    const run = runs.claimed()[0]!;

    expect(dueIds(NOON + 10)).toEqual([]);
    expect(tasks.counts(NOON + 10)).toMatchObject({ due: 1, running: 0 });
    runs.start(run, NOON);
    expect(dueIds(NOON + 10)).toEqual([]);
    expect(tasks.nextDueAt()).toBeUndefined();
    expect(tasks.counts(NOON + 10)).toMatchObject({ due: 0, running: 1 });
    runs.finish(run, { status: 'success', result: null }, { now: NOON, durationMs: 0 });
    expect(dueIds(NOON + 10)).toEqual([id]);
  });
});

describe('a run', () => {
  function aRun(folder = 'main') {
    const id = insertTask(database, { folder, nextRun: NOON_TEXT });
    runs.claim(tasks.find(id)!, undefined, NOON);
    return { id, run: runs.claimed().find(({ taskId }) => taskId === id)! };
  }

  test("keeps its whole result, and the task the first part of it, in v1's columns", () => {
    const { id, run } = aRun();
    const result = 'x'.repeat(300);
    runs.start(run, NOON);

    runs.finish(run, { status: 'success', result }, { now: NOON + 5, durationMs: 5 });

    expect(readRuns(database, id)).toMatchObject([{ status: 'success', result, error: null, duration_ms: 5 }]);
    expect(readTask(database, id)).toMatchObject({
      last_run: '2026-01-01T12:00:00.005Z',
      last_result: 'x'.repeat(200),
    });
  });

  test.each([
    [{ status: 'success', result: null }, 'Completed'],
    [{ status: 'success', result: '' }, 'Completed'],
    [{ status: 'error', error: 'no key', code: 'auth' }, 'Error: no key'],
  ] as const)('that ended as %j shows at its task as %s', (outcome, expected) => {
    const { id, run } = aRun();

    runs.finish(run, outcome, { now: NOON, durationMs: -3 });

    expect(readTask(database, id).last_result).toBe(expected);
    expect(readRuns(database, id)[0]!.duration_ms).toBe(0);
  });

  test('that is put back is claimed again, with the next attempt', () => {
    const { run } = aRun();
    runs.start(run, NOON);
    expect(runs.running()).toEqual([run]);

    runs.again(run);
    runs.again(run);

    expect(runs.claimed()).toEqual([{ ...run, attempt: 2 }]);
  });

  test('is found by its group, in the order in which runs were due', () => {
    const { run } = aRun();
    aRun('other');
    aRun();

    expect(runs.nextClaimedOf('main')).toEqual(run);
    expect(runs.nextClaimedOf('nobody')).toBeUndefined();
  });

  test('that is over stays as it is', () => {
    const { id, run } = aRun();
    runs.skip(run, 'the task is paused', NOON);

    runs.skip(run, 'another reason', NOON);

    expect(readRuns(database, id)).toMatchObject([{ status: 'skipped', error: 'the task is paused' }]);
  });

  test('knows the error of the one before it, unless that was a success', () => {
    const id = insertTask(database, { type: 'interval', value: '1', nextRun: NOON_TEXT });
    const next = (index: number) => {
      runs.claim(tasks.find(id)!, NOON + index, NOON);
      return runs.claimed()[0]!;
    };
    const first = next(1);
    expect(runs.errorBefore(first)).toBeUndefined();
    runs.finish(first, { status: 'error', error: 'broken', code: 'script' }, { now: NOON, durationMs: 0 });
    const second = next(2);
    expect(runs.errorBefore(second)).toBe('broken');
    runs.finish(second, { status: 'success', result: null }, { now: NOON, durationMs: 0 });

    expect(runs.errorBefore(next(3))).toBeUndefined();
  });
});
