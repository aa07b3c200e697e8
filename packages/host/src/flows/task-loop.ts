import { FolderName } from '@nanoclaw/protocol';
import { type Clock, startLoop } from '../kernel/clock.ts';
import { describeError } from '../kernel/errors.ts';
import { failpoint } from '../kernel/failpoints.ts';
import type { ChatJid } from '../messages/message.ts';
import type { QueueEvent } from '../queue/queue.ts';
import { nextRun, readSchedule } from '../tasks/next-run.ts';
import type { Task } from '../tasks/task.ts';
import { pauseBrokenTask, recoverTaskRuns, type SettleTaskDeps } from './settle-task.ts';

/** Longest time between two looks at the tasks, in milliseconds: a clock that is set is noticed within it. */
export const TASK_POLL_MS = 60_000;

/** Shortest time, for when a task is due and could not be taken. */
const MIN_NAP_MS = 1_000;

/** Most tasks that are read at once. */
const BATCH = 100;

export interface TaskLoopDeps {
  readonly settle: SettleTaskDeps;
  readonly queue: (event: QueueEvent) => void;
  readonly timezone: string;
  readonly clock: Clock;
}

export interface TaskLoop {
  /** Tasks were added or changed, or a run has ended. */
  wake(): void;
  readonly stopped: Promise<void>;
}

/**
 * Sleeps until a task is due, claims its run and tells the queue. What is to be run is what the database says: every
 * look also finds claimed runs that the queue knows nothing of, and runs that were cut off.
 */
export function startTaskLoop(deps: TaskLoopDeps, signal: AbortSignal): TaskLoop {
  let napMs = TASK_POLL_MS;
  return startLoop({
    clock: deps.clock,
    everyMs: () => napMs,
    signal,
    onError: (error) => deps.settle.log.error('tasks.failed', { error: describeError(error) }),
    body() {
      napMs = TASK_POLL_MS;
      recoverTaskRuns(deps.settle);
      claimDue(deps);
      queueClaimed(deps);
      const dueInMs = (deps.settle.tasks.nextDueAt() ?? Number.POSITIVE_INFINITY) - deps.clock.now();
      napMs = Math.min(TASK_POLL_MS, dueInMs > 0 ? dueInMs : MIN_NAP_MS);
    },
  });
}

function claimDue(deps: TaskLoopDeps): void {
  const now = deps.clock.now();
  for (let due = deps.settle.tasks.due(now, BATCH); due.length > 0; due = deps.settle.tasks.due(now, BATCH)) {
    const taken = due.map((task) => takeDue(deps, task, now));
    if (due.length < BATCH || !taken.includes(true)) return;
  }
}

/** Claims the run that is due, or pauses a task that cannot run. False when neither was possible. */
function takeDue({ settle, timezone }: TaskLoopDeps, task: Task, now: number): boolean {
  const { log, taskRuns } = settle;
  const folder = FolderName.safeParse(task.groupFolder);
  const group = folder.success ? settle.groups.ofFolder(folder.data) : undefined;
  const plan = planNext(task, now, timezone);
  if (group === undefined || 'reason' in plan) {
    pauseBrokenTask(settle, task, 'reason' in plan ? plan.reason : 'its chat is not registered');
    return true;
  }
  if (!taskRuns.claim(task, plan.next, now)) return false;
  failpoint('task-claimed');
  log.info('task.claimed', { group: task.groupFolder, task: task.id, due: task.nextRun });
  return true;
}

/** When the task is due again. What is written as the time of a task that runs once is not needed any more. */
function planNext(task: Task, now: number, timezone: string): { next: number | undefined } | { reason: string } {
  const due = Date.parse(task.nextRun ?? '');
  if (Number.isNaN(due)) return { reason: 'its next time cannot be read' };
  if (task.scheduleType === 'once') return { next: undefined };
  const schedule = readSchedule(task.scheduleType, task.scheduleValue, timezone);
  return schedule.kind === 'refused' ? schedule : { next: nextRun(schedule, { due, now }, timezone) };
}

/** A run whose chat is not registered any more is not done; the task waits for somebody to resume it. */
function queueClaimed({ settle, queue, clock }: TaskLoopDeps): void {
  const chats = new Set<ChatJid>();
  for (const run of settle.taskRuns.claimed()) {
    const group = settle.groups.ofFolder(run.groupFolder);
    if (group !== undefined) {
      chats.add(group.jid);
      continue;
    }
    const reason = 'its chat is not registered';
    settle.taskRuns.skip(run, reason, clock.now());
    const task = settle.tasks.find(run.taskId);
    if (task?.status === 'active') pauseBrokenTask(settle, task, reason);
  }
  for (const chatJid of chats) queue({ kind: 'work', group: chatJid });
}
