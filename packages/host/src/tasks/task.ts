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
  readonly nextRun: string | null;
  readonly status: string;
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
  | { readonly status: 'error'; readonly error: string };

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

/** The name of a run in the outbox and in the usage, where turns have theirs. */
export function runKey(run: Pick<TaskRun, 'id'>): string {
  return `task-run-${run.id}`;
}
