/** A scheduled task as a run needs it. Times are ISO 8601 texts in universal time, as v1 wrote them. */
export interface Task {
  readonly id: string;
  readonly groupFolder: string;
  readonly prompt: string;
  readonly script: string | null;
  readonly scheduleType: string;
  readonly scheduleValue: string;
  /** With the group's own session, or without any. */
  readonly contextMode: 'group' | 'isolated';
  /** For its runs; null for the model of its group. */
  readonly model: string | null;
  readonly nextRun: string | null;
  /** `active`, `paused` or `completed`; a database may hold other words, which do not run. */
  readonly status: string;
}

/** What can be said and changed about a task. */
export type TaskPlan = Omit<Task, 'id' | 'groupFolder'>;

/** A task as people are shown it. */
export interface TaskDetail extends Task {
  readonly chatJid: string;
  readonly createdAt: string;
  readonly lastRun: string | null;
  readonly lastResult: string | null;
}

/** A run as people are shown it; `runAt` is when it began, and when it ended once it has, as v1 wrote it. */
export interface TaskRunDetail {
  readonly id: number;
  readonly runAt: string;
  readonly dueAt: string | null;
  readonly durationMs: number;
  readonly status: string;
  readonly attempt: number;
  readonly result: string | null;
  readonly error: string | null;
}

/**
 * One run of a task: a row of `task_run_logs`, there before the run begins.
 *
 *   claim --> claimed --start--> running --finish--> success | error
 *                                running --again--> claimed (next attempt)
 *                                running --put back--> claimed (the same attempt, which never began)
 *             claimed --skip--> skipped
 *
 * `claimed` is the work that is to be done, whoever claimed it. A `running` row that no live sandbox works on belonged
 * to a host that died.
 */
export interface TaskRun {
  readonly id: number;
  readonly taskId: string;
  readonly groupFolder: string;
  /** 1 and up. */
  readonly attempt: number;
}

/** How a run ended for good. `result` is the agent's whole text. */
export type TaskOutcome =
  | { readonly status: 'success'; readonly result: string | null }
  | { readonly status: 'error'; readonly error: string; readonly code: string };

/** Most characters of a result that a task keeps as its last one. */
const MAX_LAST_RESULT_CHARS = 200;

/** What a task shows of its last run, in v1's words. */
export function lastResult(outcome: TaskOutcome): string {
  if (outcome.status === 'error') return `Error: ${outcome.error}`;
  return outcome.result?.slice(0, MAX_LAST_RESULT_CHARS) || 'Completed';
}

/** Whether a claimed run of the task may begin: a task that runs once is completed by the claim of its run. */
export function mayRun(task: Task): boolean {
  return task.status === 'active' || (task.status === 'completed' && task.scheduleType === 'once');
}

/** The prompt that makes the Agent SDK sum up a session instead of answering it. */
export const COMPACT_PROMPT = '/compact';

/** Begins the ids of the host's own tasks, of which a group has one; nobody else's begins so. */
export const OWN_TASK_PREFIX = 'compact-';

/** The name of a run in the outbox and in the usage, where turns have theirs. */
export function runKey(run: Pick<TaskRun, 'id'>): string {
  return `task-run-${run.id}`;
}
