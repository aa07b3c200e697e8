import type { ContextRow, createUsageReports, UsageRow } from '../usage/usage-report-store.ts';
import { startOfDay } from './spending.ts';

/** By what usage can be summed up. */
export const USAGE_BY = ['group', 'model', 'day', 'task', 'turn', 'teammate'] as const;
export type UsageBy = (typeof USAGE_BY)[number];

/** Most days of one report. */
export const MAX_USAGE_DAYS = 366;

const DAY_MS = 86_400_000;

export interface UsageReportDeps {
  readonly reports: ReturnType<typeof createUsageReports>;
  /** Whose midnight begins a day. */
  readonly timezone: string;
  readonly now: () => number;
}

export interface UsageWish {
  /** 1 is today alone. */
  readonly days: number;
  readonly by: UsageBy;
  readonly group?: string | undefined;
}

export interface UsageReport {
  /** ISO 8601: midnight of the first day. */
  readonly since: string;
  readonly by: UsageBy;
  readonly rows: readonly UsageRow[];
  /** Of everything that the gateway has seen. */
  readonly total: UsageRow;
  /** What requests are made of, in average bytes by source. */
  readonly context: readonly ContextRow[];
}

/** What was used since the midnight that began the first of so many days. */
export function reportUsage({ reports, timezone, now }: UsageReportDeps, { days, by, group }: UsageWish): UsageReport {
  const to = now() + 1;
  const from = startOfDay(startOfDay(now(), timezone) - (days - 1) * DAY_MS + DAY_MS / 2, timezone);
  const scope = { from, to, group: group ?? null };
  const rows = (): UsageRow[] => {
    switch (by) {
      case 'day':
        return daysOf(from, to, timezone).map(([start, end, name]) => ({
          ...reports.total({ ...scope, from: start, to: end }),
          name,
        }));
      case 'group':
        return reports.byGroup(scope);
      case 'model':
        return reports.byModel(scope);
      case 'task':
        return reports.byTask(scope);
      case 'turn':
        return reports.byTurn(scope);
      case 'teammate':
        return reports.byTeammate(scope);
    }
  };
  const context = reports.context(scope);
  return { since: new Date(from).toISOString(), by, rows: rows(), total: reports.total(scope), context };
}

/** Each day's beginning, end and date; days on which a clock is moved have their own length. */
function daysOf(from: number, to: number, timezone: string): [start: number, end: number, name: string][] {
  const days: [number, number, string][] = [];
  const date = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short' });
  for (let start = from; start < to; ) {
    const end = Math.min(to, startOfDay(start + 1.5 * DAY_MS, timezone));
    days.push([start, end, date.format(start)]);
    start = end;
  }
  return days;
}
