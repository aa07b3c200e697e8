import type { TaskSnapshot } from '@nanoclaw/protocol';
import type { Database } from '../store/open-store.ts';
import { OWN_TASK_PREFIX, type Task, type TaskDetail, type TaskPlan } from './task.ts';

export type TaskStore = ReturnType<typeof createTaskStore>;

/** Scheduled tasks: what agents see of them, and when they are due. */
export function createTaskStore(database: Database) {
  const columns = `id, group_folder AS groupFolder, prompt, script, schedule_type, schedule_value,
    COALESCE(status, 'active') AS status, next_run`;
  // The host's own are nobody's to see or change.
  const notOwn = `id NOT LIKE '${OWN_TASK_PREFIX}%'`;
  const all = database.prepare(`SELECT ${columns} FROM scheduled_tasks WHERE ${notOwn} ORDER BY created_at, id`);
  const own = database.prepare(
    `SELECT ${columns} FROM scheduled_tasks WHERE group_folder = ? AND ${notOwn} ORDER BY created_at, id`,
  );
  const taskColumns = `id, group_folder AS groupFolder, prompt, script, schedule_type AS scheduleType,
    schedule_value AS scheduleValue, CASE WHEN context_mode = 'group' THEN 'group' ELSE 'isolated' END AS contextMode,
    model, next_run AS nextRun, COALESCE(status, 'active') AS status`;
  const select = `SELECT ${taskColumns} FROM scheduled_tasks`;
  const detail = `SELECT ${taskColumns}, chat_jid AS chatJid, created_at AS createdAt, last_run AS lastRun,
    last_result AS lastResult FROM scheduled_tasks WHERE ${notOwn}`;
  const details = database.prepare(`${detail} ORDER BY created_at, id`);
  const detailById = database.prepare(`${detail} AND id = ?`);
  const exists = database.prepare('SELECT COUNT(*) FROM scheduled_tasks WHERE id = ?').pluck();
  const unfinishedOf = database
    .prepare(
      "SELECT COUNT(*) FROM scheduled_tasks WHERE group_folder = ? AND COALESCE(status, 'active') <> 'completed'",
    )
    .pluck();
  const insert = database.prepare(`
    INSERT INTO scheduled_tasks (id, group_folder, chat_jid, prompt, script, schedule_type, schedule_value, context_mode,
      model, next_run, status, created_at)
    VALUES (@id, @groupFolder, @chatJid, @prompt, @script, @scheduleType, @scheduleValue, @contextMode, @model, @nextRun,
      @status, @createdAt)`);
  const change = database.prepare(`
    UPDATE scheduled_tasks SET prompt = @prompt, script = @script, schedule_type = @scheduleType, model = @model,
      schedule_value = @scheduleValue, context_mode = @contextMode, next_run = @nextRun, status = @status WHERE id = @id`);
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
    /** Tasks as people see them, the oldest first. */
    details: () => details.all() as TaskDetail[],
    detail: (id: string) => detailById.get(id) as TaskDetail | undefined,
    has: (id: string): boolean => Number(exists.get(id)) > 0,
    /** How many tasks of a group are not completed. */
    countOf: (folder: string) => Number(unfinishedOf.get(folder)),
    add: (task: TaskPlan & { id: string; groupFolder: string; chatJid: string; createdAt: string }) => insert.run(task),
    change: (id: string, plan: TaskPlan) => change.run({ ...plan, id }),
    ...createTaskRemoval(database, notOwn),
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

/** How tasks end for good; a task goes with what is known of its runs, those that are to be done included. */
function createTaskRemoval(database: Database, condition: string) {
  const forgetRuns = database.prepare('DELETE FROM task_run_logs WHERE task_id = ?');
  const forgetTask = database.prepare('DELETE FROM scheduled_tasks WHERE id = ?');
  const completedBefore = database
    .prepare(`
      SELECT id FROM scheduled_tasks WHERE status = 'completed' AND COALESCE(last_run, created_at) < ? AND ${condition}
        AND NOT EXISTS (SELECT 1 FROM task_run_logs run WHERE run.task_id = scheduled_tasks.id
          AND run.status IN ('claimed', 'running')) LIMIT ?`)
    .pluck();
  const remove = database.transaction((id: string): void => {
    forgetRuns.run(id);
    forgetTask.run(id);
  });
  return {
    remove: (id: string): void => remove(id),
    /** Forgets tasks that were completed before a moment, at most `limit`; gives how many. */
    pruneCompleted(before: number, limit: number): number {
      const ids = completedBefore.all(new Date(before).toISOString(), limit) as string[];
      for (const id of ids) remove(id);
      return ids.length;
    },
  };
}
