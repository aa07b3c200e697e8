import type { Database } from '../store/open-store.ts';
import { COMPACT_PROMPT, lastResult, OWN_TASK_PREFIX, type Task, type TaskOutcome, type TaskRun } from './task.ts';
import { createTaskHistory } from './task-history-store.ts';

export type TaskRunStore = ReturnType<typeof createTaskRunStore>;

/** The runs of tasks. A run is in the database before it begins; see TaskRun for its states. */
export function createTaskRunStore(database: Database) {
  const keepCompaction = database.prepare(`
    INSERT INTO scheduled_tasks (id, group_folder, chat_jid, prompt, schedule_type, schedule_value, context_mode, next_run,
      status, created_at)
    VALUES (@id, @folder, @jid, '${COMPACT_PROMPT}', 'once', @now, 'group', NULL, 'completed', @now)
    ON CONFLICT (id) DO UPDATE SET schedule_value = @now, chat_jid = @jid`);
  const advance = database.prepare(`
    UPDATE scheduled_tasks SET next_run = @next, status = CASE WHEN @next IS NULL THEN 'completed' ELSE 'active' END
    WHERE id = @id AND next_run = @due AND COALESCE(status, 'active') = 'active'`);
  // A due time that has its run gets no other one, whatever has become of the task's next_run.
  const insert = database.prepare(`
    INSERT INTO task_run_logs (task_id, run_at, duration_ms, status, due_at, attempt)
    VALUES (@id, @now, 0, 'claimed', @due, 1) ON CONFLICT (task_id, due_at) WHERE due_at IS NOT NULL DO NOTHING`);
  const select = `SELECT run.id, task_id AS taskId, group_folder AS groupFolder, attempt
    FROM task_run_logs run JOIN scheduled_tasks task ON task.id = task_id`;
  const claimed = database.prepare(`${select} WHERE run.status = 'claimed' ORDER BY due_at, run.id`);
  const claimedOf = database.prepare(
    `${select} WHERE run.status = 'claimed' AND group_folder = ? ORDER BY due_at, run.id LIMIT 1`,
  );
  const running = database.prepare(`${select} WHERE run.status = 'running' ORDER BY run.id`);
  const start = database.prepare("UPDATE task_run_logs SET status = 'running', run_at = ? WHERE id = ?");
  const again = database.prepare(
    "UPDATE task_run_logs SET status = 'claimed', attempt = attempt + 1 WHERE id = ? AND status = 'running'",
  );
  const putBack = database.prepare("UPDATE task_run_logs SET status = 'claimed' WHERE id = ? AND status = 'running'");
  const end = database.prepare(`
    UPDATE task_run_logs SET status = @status, result = @result, error = @error, error_code = @code, run_at = @now,
      duration_ms = @durationMs
    WHERE id = @id AND status IN ('claimed', 'running')`);
  const remember = database.prepare('UPDATE scheduled_tasks SET last_run = ?, last_result = ? WHERE id = ?');
  const prune = database.prepare(`
    DELETE FROM task_run_logs WHERE id IN (
      SELECT id FROM task_run_logs WHERE status NOT IN ('claimed', 'running') AND run_at < ? LIMIT ?)`);

  return {
    ...createTaskHistory(database),
    /**
     * Takes the due time of a task: its next one (none: the task is completed) and the claimed run are stored together.
     * False when somebody else has taken it, or the task has changed since it was read.
     */
    claim: database.transaction((task: Task, next: number | undefined, now: number): boolean => {
      const id = task.id;
      const nextText = next === undefined ? null : iso(next);
      if (advance.run({ id, due: task.nextRun, next: nextText }).changes === 0) return false;
      return insert.run({ id, due: task.nextRun, now: iso(now) }).changes > 0;
    }).immediate,
    /** A run that sums up the session of a group, to be done now; meant for the transaction of who asks for it. */
    claimCompaction(group: { folder: string; jid: string }, now: number): void {
      const id = `${OWN_TASK_PREFIX}${group.folder}`;
      keepCompaction.run({ id, folder: group.folder, jid: group.jid, now: iso(now) });
      insert.run({ id, due: null, now: iso(now) });
    },
    /** A run that is to be done now, beside those the schedule names. */
    claimNow: (taskId: string, now: number) => insert.run({ id: taskId, due: null, now: iso(now) }),
    /** Runs that are to be done, the longest due first. */
    claimed: () => claimed.all() as TaskRun[],
    nextClaimedOf: (groupFolder: string) => claimedOf.get(groupFolder) as TaskRun | undefined,
    /** Runs that somebody works on, or that a dead host has left. */
    running: () => running.all() as TaskRun[],
    start: (run: TaskRun, now: number) => start.run(iso(now), run.id),
    /** Puts a running run back to be done once more. */
    again: (run: TaskRun) => again.run(run.id),
    /** Puts back a run that never began. */
    putBack: (run: TaskRun) => putBack.run(run.id),
    /** Ends the run; it and its task keep how. Meant for the transaction of what the run says. */
    finish(run: TaskRun, outcome: TaskOutcome, time: { now: number; durationMs: number }): void {
      const result = outcome.status === 'success' ? outcome.result : null;
      const error = outcome.status === 'error' ? outcome.error : null;
      const code = outcome.status === 'error' ? outcome.code : null;
      const durationMs = Math.max(0, Math.round(time.durationMs));
      end.run({ id: run.id, status: outcome.status, result, error, code, now: iso(time.now), durationMs });
      remember.run(iso(time.now), lastResult(outcome), run.taskId);
    },
    /** Ends a claimed run that is not to be done any more; its task keeps what it had. */
    skip: (run: TaskRun, reason: string, now: number) =>
      end.run({
        id: run.id,
        status: 'skipped',
        result: null,
        error: reason,
        code: 'skipped',
        now: iso(now),
        durationMs: 0,
      }),
    /** Forgets runs that ended before a moment, at most `limit`; returns how many. */
    prune: (before: number, limit: number): number => prune.run(iso(before), limit).changes,
  };
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}
