import type { TaskSnapshot } from '@nanoclaw/protocol';
import type { Database } from '../store/open-store.ts';
import type { Task } from './task.ts';

export type TaskStore = ReturnType<typeof createTaskStore>;

/** Scheduled tasks: what agents see of them, and when they are due. */
export function createTaskStore(database: Database) {
  const columns = `id, group_folder AS groupFolder, prompt, script, schedule_type, schedule_value,
    COALESCE(status, 'active') AS status, next_run`;
  const all = database.prepare(`SELECT ${columns} FROM scheduled_tasks ORDER BY created_at, id`);
  const own = database.prepare(`SELECT ${columns} FROM scheduled_tasks WHERE group_folder = ? ORDER BY created_at, id`);
  const select = `SELECT id, group_folder AS groupFolder, prompt, script, schedule_type AS scheduleType,
    schedule_value AS scheduleValue, CASE WHEN context_mode = 'group' THEN 'group' ELSE 'isolated' END AS contextMode,
    next_run AS nextRun, COALESCE(status, 'active') AS status FROM scheduled_tasks`;
  // A task whose run is not over yet waits with its next one: however slow it is, its runs do not pile up.
  const waiting = `COALESCE(status, 'active') = 'active' AND NOT EXISTS (
    SELECT 1 FROM task_run_logs run WHERE run.task_id = scheduled_tasks.id AND run.status IN ('claimed', 'running'))`;
  const byId = database.prepare(`${select} WHERE id = ?`);
  const due = database.prepare(`${select} WHERE next_run <= ? AND ${waiting} ORDER BY next_run, id LIMIT ?`);
  const nextDue = database
    .prepare(`SELECT MIN(next_run) FROM scheduled_tasks WHERE next_run IS NOT NULL AND ${waiting}`)
    .pluck();
  const pause = database.prepare(
    "UPDATE scheduled_tasks SET status = 'paused', last_result = @lastResult WHERE id = @id",
  );
  const counts = database.prepare(`
    SELECT COALESCE(SUM(COALESCE(status, 'active') = 'active'), 0) AS active,
      COALESCE(SUM(status = 'paused'), 0) AS paused, COALESCE(SUM(next_run <= ? AND ${waiting}), 0) AS due
    FROM scheduled_tasks`);
  const unfinished = database.prepare(`
    SELECT COALESCE(SUM(status = 'claimed'), 0) AS claimed, COALESCE(SUM(status = 'running'), 0) AS running
    FROM task_run_logs WHERE status IN ('claimed', 'running')`);

  return {
    /** Main sees every task, another group its own. */
    visibleTo(group: { folder: string; isMain: boolean }): TaskSnapshot {
      return (group.isMain ? all.all() : own.all(group.folder)) as TaskSnapshot;
    },
    find: (id: string) => byId.get(id) as Task | undefined,
    /** Active tasks whose time has come, the longest due first. */
    due: (now: number, limit: number) => due.all(new Date(now).toISOString(), limit) as Task[],
    /** When the next of them will be due; undefined while none will. */
    nextDueAt(): number | undefined {
      const text = nextDue.get() as string | null;
      return text === null ? undefined : Date.parse(text);
    },
    /** Takes a task that cannot run out of the schedule; the reason takes the place of its last result. */
    pause: (id: string, reason: string) => pause.run({ id, lastResult: `Error: ${reason}` }),
    /** `due` are those whose run has not begun: its time has come, or it is claimed. */
    counts(now: number): { active: number; paused: number; due: number; running: number } {
      const tasks = counts.get(new Date(now).toISOString()) as { active: number; paused: number; due: number };
      const runs = unfinished.get() as { claimed: number; running: number };
      return { ...tasks, due: tasks.due + runs.claimed, running: runs.running };
    },
  };
}
