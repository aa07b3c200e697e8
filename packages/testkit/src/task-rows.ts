import type { Database } from '@nanoclaw/host/store/open-store.js';

/** A row of `scheduled_tasks`, as v1 has written it. */
export interface TaskRow {
  readonly id: string;
  readonly folder: string;
  readonly prompt: string;
  readonly type: string;
  readonly value: string;
  readonly nextRun: string | null;
  readonly status: string;
  readonly contextMode: string;
  readonly script: string | null;
}

/** Stores a task; one that runs once and belongs to main where nothing else is said. Gives its id. */
export function insertTask(database: Database, row: Partial<TaskRow>): string {
  const known = database.prepare('SELECT COUNT(*) FROM scheduled_tasks').pluck().get() as number;
  const task: TaskRow = {
    id: `task-${known + 1}`,
    folder: 'main',
    prompt: 'brief me',
    type: 'once',
    value: '2026-01-01T00:00:00',
    nextRun: '2026-01-01T00:00:00.000Z',
    status: 'active',
    contextMode: 'isolated',
    script: null,
    ...row,
  };
  database
    .prepare(`
      INSERT INTO scheduled_tasks (id, group_folder, chat_jid, prompt, schedule_type, schedule_value, next_run, status,
        created_at, context_mode, script)
      VALUES (@id, @folder, 'local:' || @folder, @prompt, @type, @value, @nextRun, @status, '2026-01-01T00:00:00.000Z',
        @contextMode, @script)`)
    .run(task);
  return task.id;
}

/** The columns of a task that its runs change. */
export function readTask(database: Database, id: string) {
  return database
    .prepare('SELECT status, next_run, last_run, last_result FROM scheduled_tasks WHERE id = ?')
    .get(id) as {
    status: string;
    next_run: string | null;
    last_run: string | null;
    last_result: string | null;
  };
}

/** The runs of a task, the first one first. */
export function readRuns(database: Database, id: string) {
  return database
    .prepare(
      'SELECT id, status, due_at, attempt, duration_ms, result, error FROM task_run_logs WHERE task_id = ? ORDER BY id',
    )
    .all(id) as {
    id: number;
    status: string;
    due_at: string | null;
    attempt: number;
    duration_ms: number;
    result: string | null;
    error: string | null;
  }[];
}
