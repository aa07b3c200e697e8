import { Cron } from 'croner';
import { assertNever } from '../kernel/errors.ts';

/** Longest interval of a task, in milliseconds: ten years. What comes later than that is no schedule. */
export const MAX_INTERVAL_MS = 10 * 366 * 86_400_000;

/** When a task runs, read from its `schedule_type` and `schedule_value`. Instants are milliseconds since the epoch. */
export type Schedule =
  | { readonly kind: 'cron'; readonly expression: string }
  | { readonly kind: 'interval'; readonly everyMs: number }
  | { readonly kind: 'once'; readonly at: number };

/** The schedule cannot be kept; one sentence says why. */
export interface RefusedSchedule {
  readonly kind: 'refused';
  readonly reason: string;
}

/** Understands a schedule as it is stored. A time without a zone is a time in the configured one. */
export function readSchedule(type: string, value: string, timezone: string): Schedule | RefusedSchedule {
  switch (type) {
    case 'cron':
      return readCron(value.trim());
    case 'interval':
      return readInterval(value.trim());
    case 'once':
      return readOnce(value.trim(), timezone);
    default:
      return refused(`${JSON.stringify(type)} is no type of schedule: use cron, interval or once`);
  }
}

/** The first time a new task is due; undefined when the schedule holds no time after `now`. */
export function firstRun(schedule: Schedule, now: number, timezone: string): number | undefined {
  switch (schedule.kind) {
    case 'cron':
      return nextCron(schedule.expression, now, timezone);
    case 'interval':
      return now + schedule.everyMs;
    case 'once':
      return schedule.at > now ? schedule.at : undefined;
    default:
      return assertNever(schedule);
  }
}

/**
 * The next time after a run that was due at `due` and is taken at `now`: always after both, so that neither a late start
 * nor a clock that was set back names a time twice. Intervals count from `due`, however late the run was; what was missed
 * meanwhile is left out. A task that runs once has no next time.
 */
export function nextRun(
  schedule: Schedule,
  { due, now }: { due: number; now: number },
  timezone: string,
): number | undefined {
  const after = Math.max(due, now);
  switch (schedule.kind) {
    case 'cron':
      return nextCron(schedule.expression, after, timezone);
    case 'interval':
      return due + (Math.floor((after - due) / schedule.everyMs) + 1) * schedule.everyMs;
    case 'once':
      return undefined;
    default:
      return assertNever(schedule);
  }
}

function nextCron(expression: string, after: number, timezone: string): number | undefined {
  return new Cron(expression, { timezone }).nextRun(new Date(after))?.getTime();
}

function readCron(expression: string): Schedule | RefusedSchedule {
  // The library also takes a date for an expression; that would be a task that runs once and never says so.
  if (!/^@|\s/.test(expression)) return refused(`${JSON.stringify(expression)} is no cron expression of five fields`);
  try {
    const isEver = new Cron(expression, { timezone: 'UTC' }).nextRun(new Date(0)) !== null;
    return isEver ? { kind: 'cron', expression } : refused(`cron ${JSON.stringify(expression)} never comes true`);
  } catch {
    return refused(`${JSON.stringify(expression)} is no cron expression of five fields`);
  }
}

function readInterval(text: string): Schedule | RefusedSchedule {
  const everyMs = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (everyMs >= 1 && everyMs <= MAX_INTERVAL_MS) return { kind: 'interval', everyMs };
  return refused(`an interval is a number of milliseconds from 1 to ${MAX_INTERVAL_MS}, not ${JSON.stringify(text)}`);
}

const TIME = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d)?(?:\.\d+)?(Z|[+-]\d\d:\d\d)?$/i;

function readOnce(text: string, timezone: string): Schedule | RefusedSchedule {
  const [, day, minute, second = ':00', zone] = TIME.exec(text) ?? [];
  const at = day === undefined ? undefined : instantOf(`${day}T${minute}${second}`, zone, timezone);
  // A day that does not exist would be taken for one of the next month.
  const isDay = day !== undefined && new Date(`${day}T00:00:00Z`).toJSON()?.startsWith(day) === true;
  if (at !== undefined && isDay) return { kind: 'once', at };
  return refused(`a time looks like 2026-02-01T15:30:00, not ${JSON.stringify(text)}`);
}

function instantOf(local: string, zone: string | undefined, timezone: string): number | undefined {
  if (zone !== undefined) {
    const at = Date.parse(`${local}${zone}`);
    return Number.isNaN(at) ? undefined : at;
  }
  try {
    return new Cron(local, { timezone }).getOnce()?.getTime();
  } catch {
    return undefined;
  }
}

function refused(reason: string): RefusedSchedule {
  return { kind: 'refused', reason };
}
