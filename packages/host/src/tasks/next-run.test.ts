import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { firstRun, MAX_INTERVAL_MS, nextRun, readSchedule, type Schedule } from './next-run.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const BERLIN = 'Europe/Berlin';
const NEW_YORK = 'America/New_York';

const at = (text: string): number => Date.parse(text);
const iso = (instant: number | undefined): string | undefined =>
  instant === undefined ? undefined : new Date(instant).toISOString();

function aSchedule(type: string, value: string, timezone = 'UTC'): Schedule {
  const schedule = readSchedule(type, value, timezone);
  if (schedule.kind === 'refused') throw new Error(schedule.reason);
  return schedule;
}

/** The next `count` times after `from` when every run is taken at once. */
function times(expression: string, timezone: string, from: string, count: number): (string | undefined)[] {
  const schedule = aSchedule('cron', expression);
  let due: number | undefined = at(from);
  return Array.from({ length: count }, () => {
    due = nextRun(schedule, { due: due!, now: due! }, timezone);
    return iso(due);
  });
}

describe('cron', () => {
  test('is read in the configured timezone', () => {
    expect(times('0 9 * * 1', BERLIN, '2026-07-01T00:00:00Z', 2)).toEqual([
      '2026-07-06T07:00:00.000Z',
      '2026-07-13T07:00:00.000Z',
    ]);
    expect(times('0 9 * * 1', NEW_YORK, '2026-07-01T00:00:00Z', 1)).toEqual(['2026-07-06T13:00:00.000Z']);
  });

  test.each([
    ['Berlin', BERLIN, '2026-03-28T12:00:00Z', ['2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z']],
    ['New York', NEW_YORK, '2026-03-07T12:00:00Z', ['2026-03-08T07:00:00.000Z', '2026-03-09T06:30:00.000Z']],
  ])(
    'half past two in the hour that is left out in %s comes when the hour would begin',
    (_name, zone, from, expected) => {
      expect(times('30 2 * * *', zone, from, 2)).toEqual(expected);
    },
  );

  test.each([
    ['Berlin', '30 2 * * *', BERLIN, '2026-10-24T12:00:00Z', ['2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z']],
    [
      'New York',
      '30 1 * * *',
      NEW_YORK,
      '2026-10-31T12:00:00Z',
      ['2026-11-01T05:30:00.000Z', '2026-11-02T06:30:00.000Z'],
    ],
  ])('a time in the hour that comes twice in %s comes once', (_name, expression, zone, from, expected) => {
    expect(times(expression, zone, from, 2)).toEqual(expected);
  });

  test('every half hour goes on through the hour that comes twice', () => {
    expect(times('*/30 * * * *', BERLIN, '2026-10-24T23:45:00Z', 5)).toEqual([
      '2026-10-25T00:00:00.000Z',
      '2026-10-25T00:30:00.000Z',
      '2026-10-25T01:00:00.000Z',
      '2026-10-25T01:30:00.000Z',
      '2026-10-25T02:00:00.000Z',
    ]);
  });

  test('a daily time comes once on every day of the year, at any hour and in any zone', () => {
    const minutes = fc.integer({ min: 0, max: 24 * 60 - 1 });
    fc.assert(
      fc.property(fc.constantFrom(BERLIN, NEW_YORK, 'Australia/Lord_Howe', 'UTC'), minutes, (zone, minute) => {
        const dayOf = new Intl.DateTimeFormat('en-CA', { timeZone: zone });
        const expression = `${minute % 60} ${Math.floor(minute / 60)} * * *`;
        const days = times(expression, zone, '2026-01-02T00:00:00Z', 366).map((time) => dayOf.format(at(time!)));

        expect(new Set(days).size).toBe(366);
      }),
      { numRuns: 15 },
    );
  });
});

describe('an interval', () => {
  test('counts from the time it was due and leaves out what was missed', () => {
    const schedule = aSchedule('interval', '60000');
    const due = at('2026-01-01T00:00:00Z');

    expect(iso(nextRun(schedule, { due, now: due + 250 }, 'UTC'))).toBe('2026-01-01T00:01:00.000Z');
    expect(iso(nextRun(schedule, { due, now: due + 10 * 60_000 }, 'UTC'))).toBe('2026-01-01T00:11:00.000Z');
  });

  test('always stays on its grid, and is never further away than one step', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 * DAY_MS }), fc.nat(DAY_MS * 400), (everyMs, lateMs) => {
        const due = at('2026-01-01T00:00:00Z');
        const next = nextRun({ kind: 'interval', everyMs }, { due, now: due + lateMs }, 'UTC')!;

        expect((next - due) % everyMs).toBe(0);
        expect(next).toBeGreaterThan(due + lateMs);
        expect(next - everyMs).toBeLessThanOrEqual(due + lateMs);
      }),
    );
  });
});

test('the next time is after the one that is taken, also when the clock was set back meanwhile', () => {
  const schedules = fc.oneof(
    fc.constantFrom('* * * * *', '0 * * * *', '30 2 * * *', '0 9 * * 1-5', '15 0 1 * *').map((value) => {
      return aSchedule('cron', value);
    }),
    fc.integer({ min: 1, max: 40 * DAY_MS }).map((ms) => aSchedule('interval', String(ms))),
  );
  const instants = fc.integer({ min: at('2026-01-01T00:00:00Z'), max: at('2027-12-31T00:00:00Z') });
  fc.assert(
    fc.property(schedules, instants, instants, fc.constantFrom(BERLIN, NEW_YORK), (schedule, due, now, zone) => {
      expect(nextRun(schedule, { due, now }, zone)).toBeGreaterThan(Math.max(due, now));
    }),
  );
});

describe('once', () => {
  test('has no next time, and a first one only in the future', () => {
    const schedule = aSchedule('once', '2026-02-01T15:30:00');
    const time = at('2026-02-01T15:30:00Z');

    expect(nextRun(schedule, { due: time, now: time }, 'UTC')).toBeUndefined();
    expect(firstRun(schedule, time - 1, 'UTC')).toBe(time);
    expect(firstRun(schedule, time, 'UTC')).toBeUndefined();
  });

  test.each([
    ['2026-02-01T15:30:00', BERLIN, '2026-02-01T14:30:00.000Z'],
    ['2026-07-01 15:30', BERLIN, '2026-07-01T13:30:00.000Z'],
    ['2026-07-01T15:30:00', NEW_YORK, '2026-07-01T19:30:00.000Z'],
    ['2026-07-01T15:30:00Z', NEW_YORK, '2026-07-01T15:30:00.000Z'],
    ['2026-07-01T15:30:00+02:00', NEW_YORK, '2026-07-01T13:30:00.000Z'],
    ['2026-03-29T02:30:00', BERLIN, '2026-03-29T01:30:00.000Z'],
    ['2026-10-25T02:30:00', BERLIN, '2026-10-25T00:30:00.000Z'],
  ])('%s in %s is %s', (value, timezone, expected) => {
    const schedule = aSchedule('once', value, timezone);

    expect(schedule.kind === 'once' && iso(schedule.at)).toBe(expected);
  });
});

test('the first run of cron and interval is the next time from now', () => {
  const now = at('2026-01-01T00:00:30Z');

  expect(iso(firstRun(aSchedule('cron', '0 9 * * *'), now, 'UTC'))).toBe('2026-01-01T09:00:00.000Z');
  expect(firstRun(aSchedule('interval', '1000'), now, 'UTC')).toBe(now + 1000);
});

test.each([
  ['cron', 'every monday'],
  ['cron', '* * * *'],
  ['cron', '99 * * * *'],
  ['cron', '0 0 30 2 *'],
  ['cron', '2026-01-01T00:00:00'],
  ['cron', ''],
  ['interval', '0'],
  ['interval', '-5'],
  ['interval', '1.5'],
  ['interval', 'soon'],
  ['interval', String(MAX_INTERVAL_MS + 1)],
  ['once', 'tomorrow'],
  ['once', '2026-02-30T10:00:00'],
  ['once', '2026-02-01T25:00:00'],
  ['once', '2026-13-01T10:00:00Z'],
  ['yearly', '1'],
])('%s %j is refused with a reason', (type, value) => {
  expect(readSchedule(type, value, 'UTC')).toMatchObject({ kind: 'refused', reason: expect.stringMatching(/\w/) });
});
