import type { TaskChange, TaskWish } from '@nanoclaw/protocol';
import { firstRun, readSchedule } from './next-run.ts';
import type { Task, TaskPlan } from './task.ts';

/** Shortest interval of a task that is made or changed, in milliseconds: each run may ask a model. */
export const MIN_INTERVAL_MS = 60_000;

/** A wish that cannot be; one sentence says why. */
export interface RefusedTask {
  readonly refused: string;
}

/** When and how a task is to be read. */
export interface Moment {
  readonly now: number;
  readonly timezone: string;
}

/** A new task as its wish says, with the first time it is due. */
export function planTask(wish: TaskWish, moment: Moment): TaskPlan | RefusedTask {
  const nextRun = planTime({ type: wish.schedule_type, value: wish.schedule_value }, moment);
  if ('refused' in nextRun) return nextRun;
  return {
    prompt: wish.prompt,
    script: wish.script?.trim() ? wish.script : null,
    scheduleType: wish.schedule_type,
    scheduleValue: wish.schedule_value.trim(),
    contextMode: wish.context_mode ?? 'group',
    model: wish.model ?? null,
    nextRun: nextRun.at,
    status: 'active',
  };
}

/** The task as the change leaves it. One that was completed or paused by itself runs again once it has another time. */
export function planChange(task: Task, change: TaskChange, moment: Moment): TaskPlan | RefusedTask {
  const { schedule_type: type, schedule_value: value } = change;
  if (type !== undefined && type !== task.scheduleType && value === undefined) {
    return { refused: `a schedule of the type ${type} needs its value, too` };
  }
  const kept: TaskPlan = {
    prompt: change.prompt ?? task.prompt,
    script: change.script === undefined ? task.script : change.script.trim() === '' ? null : change.script,
    scheduleType: type ?? task.scheduleType,
    scheduleValue: value?.trim() ?? task.scheduleValue,
    contextMode: change.context_mode ?? task.contextMode,
    model: change.model === undefined ? task.model : change.model || null,
    nextRun: task.nextRun,
    status: task.status,
  };
  if (value === undefined) return kept;
  const next = planTime({ type: kept.scheduleType, value }, moment);
  if ('refused' in next) return next;
  return { ...kept, nextRun: next.at, status: task.status === 'completed' ? 'active' : task.status };
}

/** A paused task goes on with the next time of its schedule: what it missed while it was paused was not wanted. */
export function planResume(task: Task, { now, timezone }: Moment): TaskPlan | RefusedTask {
  const schedule = readSchedule(task.scheduleType, task.scheduleValue, timezone);
  if (schedule.kind === 'refused') return { refused: schedule.reason };
  const next = firstRun(schedule, now, timezone);
  if (next === undefined) return { refused: 'its time has passed: give it a new one' };
  return { ...task, nextRun: iso(next), status: 'active' };
}

function planTime(
  { type, value }: { type: string; value: string },
  { now, timezone }: Moment,
): { at: string } | RefusedTask {
  const schedule = readSchedule(type, value, timezone);
  if (schedule.kind === 'refused') return { refused: schedule.reason };
  if (schedule.kind === 'interval' && schedule.everyMs < MIN_INTERVAL_MS) {
    return { refused: `the shortest interval is ${MIN_INTERVAL_MS} milliseconds, a minute` };
  }
  const next = firstRun(schedule, now, timezone);
  if (next === undefined) return { refused: `${value} has passed: it is ${localNow(now, timezone)} in ${timezone}` };
  return { at: iso(next) };
}

function localNow(now: number, timezone: string): string {
  return new Date(now).toLocaleString('sv-SE', { timeZone: timezone }).replace(' ', 'T');
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}
