import type { Database } from '../store/open-store.ts';
import type { TaskRun, TaskRunDetail } from './task.ts';

/** What earlier runs of a task say about it. */
export function createTaskHistory(database: Database) {
  const latest = database.prepare(`
    SELECT id, run_at AS runAt, due_at AS dueAt, duration_ms AS durationMs, status, attempt, result, error
    FROM task_run_logs WHERE task_id = ? ORDER BY id DESC LIMIT ?`);
  const failedInARow = database
    .prepare(`
      SELECT COUNT(*) FROM task_run_logs WHERE task_id = @taskId AND status = 'error'
        AND COALESCE(error_code, '') NOT IN (SELECT value FROM json_each(@blameless))
        AND id > COALESCE((SELECT MAX(id) FROM task_run_logs WHERE task_id = @taskId AND status = 'success'), 0)`)
    .pluck();
  const errorBefore = database
    .prepare(`
      SELECT error FROM task_run_logs WHERE task_id = @taskId AND id < @id AND status IN ('success', 'error')
      ORDER BY id DESC LIMIT 1`)
    .pluck();

  return {
    /** The newest runs of a task, the newest first. */
    latest: (taskId: string, limit: number) => latest.all(taskId, limit) as TaskRunDetail[],
    /** Failed runs since the last success, without those whose kind of failure is none of the task's doing. */
    failedInARow: (taskId: string, blameless: readonly string[]) =>
      Number(failedInARow.get({ taskId, blameless: JSON.stringify(blameless) })),
    /** The error of the task's run before this one; undefined when that one was a success, or there is none. */
    errorBefore: (run: TaskRun) => (errorBefore.get(run) as string | null | undefined) ?? undefined,
  };
}
