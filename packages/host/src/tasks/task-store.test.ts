import { insertTask } from '@nanoclaw/testkit';
import { expect, test } from 'vitest';
import { openStores } from '../app-stores.ts';

test('what was completed long ago is forgotten with its runs; what is to be done, paused or the host’s own stays', () => {
  const { database, tasks, taskRuns } = openStores(':memory:');
  const old = Date.parse('2026-01-01T00:00:00.000Z');
  for (const [id, status] of [
    ['done', 'completed'],
    ['again', 'completed'],
    ['paused', 'paused'],
    ['active', 'active'],
    ['compact-main', 'completed'],
  ] as const) {
    insertTask(database, { id, status, nextRun: null });
  }
  taskRuns.claimNow('done', old);
  const [run] = taskRuns.claimed();
  if (run === undefined) throw new Error('there is no run');
  taskRuns.finish(run, { status: 'success', result: null }, { now: old, durationMs: 1 });
  taskRuns.claimNow('again', old);

  expect(tasks.pruneCompleted(old + 1, 10)).toBe(1);
  expect(tasks.pruneCompleted(old + 1, 10)).toBe(0);
  const left = database.prepare('SELECT id FROM scheduled_tasks ORDER BY id').pluck().all();
  expect(left).toEqual(['active', 'again', 'compact-main', 'paused']);
  database.close();
});
