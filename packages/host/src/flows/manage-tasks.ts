import type { TaskChange, TaskWish } from '@nanoclaw/protocol';
import type { Group } from '../groups/group.ts';
import type { GroupStore } from '../groups/group-store.ts';
import { NanoError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import type { Recorder } from '../store/record-files.ts';
import { type Moment, planChange, planResume, planTask, type RefusedTask } from '../tasks/plan-task.ts';
import type { TaskDetail, TaskPlan, TaskRunDetail } from '../tasks/task.ts';
import type { TaskRunStore } from '../tasks/task-run-store.ts';
import type { TaskStore } from '../tasks/task-store.ts';

/** Most tasks of one group that are not completed: an agent that loops must not fill the schedule. */
export const MAX_TASKS_PER_GROUP = 200;

/** Most runs that are shown with a task. */
export const MAX_SHOWN_RUNS = 20;

export interface ManageTasksDeps {
  readonly groups: Pick<GroupStore, 'find' | 'ofFolder'>;
  readonly tasks: TaskStore;
  readonly taskRuns: TaskRunStore;
  readonly record: Recorder;
  readonly timezone: string;
  readonly now: () => number;
  /** The schedule is another one now. */
  readonly onTasksChanged: () => void;
}

/** Ids as v1's tool makes them; a task that wishes another one gets one of ours. */
const WISHED_ID = /^task-[A-Za-z0-9-]{1,100}$/;

/**
 * What can be done about tasks, for agents and for the owner's commands alike. Each throws NanoError 'task-refused' with
 * the reason and changes nothing, when it cannot be.
 */
export function scheduleTask(
  deps: ManageTasksDeps,
  group: Group,
  wish: TaskWish & { taskId?: string | undefined },
): TaskDetail {
  if (deps.tasks.countOf(group.folder) >= MAX_TASKS_PER_GROUP) {
    throw refused(`${group.folder} has ${MAX_TASKS_PER_GROUP} tasks, which is the limit: cancel some first`);
  }
  const plan = planned(planTask(wish, moment(deps)));
  const wished = wish.taskId;
  if (wished !== undefined && deps.tasks.has(wished)) throw refused('a task with this id exists already');
  const id = wished !== undefined && WISHED_ID.test(wished) ? wished : newId('task');
  const createdAt = new Date(deps.now()).toISOString();
  deps.tasks.add({ ...plan, id, groupFolder: group.folder, chatJid: group.jid, createdAt });
  return changed(deps, id, 'scheduled');
}

export function changeTask(deps: ManageTasksDeps, task: TaskDetail, change: TaskChange): TaskDetail {
  deps.tasks.change(task.id, planned(planChange(task, change, moment(deps))));
  return changed(deps, task.id, `changed: ${Object.keys(change).join(', ')}`);
}

/** A run that is under way is not ended by it. */
export function pauseTask(deps: ManageTasksDeps, task: TaskDetail): TaskDetail {
  if (task.status === 'completed') throw refused('this task is completed: there is nothing to pause');
  deps.tasks.change(task.id, { ...task, status: 'paused' });
  return changed(deps, task.id, 'paused');
}

export function resumeTask(deps: ManageTasksDeps, task: TaskDetail): TaskDetail {
  if (task.status === 'active') return task;
  if (deps.groups.ofFolder(task.groupFolder) === undefined) throw refused('its chat is not registered any more');
  deps.tasks.change(task.id, planned(planResume(task, moment(deps))));
  return changed(deps, task.id, 'resumed');
}

/** Forgets the task and its runs; a run that is under way ends by itself and is not done again. */
export function cancelTask(deps: ManageTasksDeps, task: TaskDetail): void {
  deps.tasks.remove(task.id);
  record(deps, task, 'cancelled');
  deps.onTasksChanged();
}

/** Does the task once more now, whatever its schedule says. */
export function runTaskNow(deps: ManageTasksDeps, task: TaskDetail): TaskDetail {
  if (task.status === 'paused') throw refused('this task is paused: resume it first');
  if (task.status === 'completed' && task.scheduleType !== 'once') throw refused('this task is completed');
  if (deps.groups.ofFolder(task.groupFolder) === undefined) throw refused('its chat is not registered any more');
  deps.taskRuns.claimNow(task.id, deps.now());
  return changed(deps, task.id, 'run now');
}

/** The task with this id, if whoever asks may know of it: without a folder, all. Throws 'not-found'. */
export function findTask(deps: Pick<ManageTasksDeps, 'tasks'>, id: string, folder?: string): TaskDetail {
  const task = deps.tasks.detail(id);
  if (task === undefined || (folder !== undefined && task.groupFolder !== folder)) {
    throw new NanoError('not-found', `there is no task ${id}`);
  }
  return task;
}

/** The task with its newest runs, the newest first. Throws 'not-found'. */
export function showTask(
  deps: Pick<ManageTasksDeps, 'tasks' | 'taskRuns'>,
  id: string,
): TaskDetail & { runs: TaskRunDetail[] } {
  return { ...findTask(deps, id), runs: deps.taskRuns.latest(id, MAX_SHOWN_RUNS) };
}

function moment({ now, timezone }: ManageTasksDeps): Moment {
  return { now: now(), timezone };
}

function planned(plan: TaskPlan | RefusedTask): TaskPlan {
  if ('refused' in plan) throw refused(plan.refused);
  return plan;
}

function changed(deps: ManageTasksDeps, id: string, what: string): TaskDetail {
  const task = findTask(deps, id);
  record(deps, task, what);
  deps.onTasksChanged();
  return task;
}

function record({ record: recorder, now }: ManageTasksDeps, task: TaskDetail, what: string): void {
  const { id, scheduleType, scheduleValue } = task;
  const detail = { what, task: id, schedule: `${scheduleType} ${scheduleValue}` };
  recorder.add({ kind: 'task', group: task.groupFolder, detail, now: now() });
}

function refused(reason: string): NanoError {
  return new NanoError('task-refused', reason);
}
