import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { armFailpoint } from '@nanoclaw/host/kernel/failpoints.js';
import { anEngine, type EngineUnderTest, insertTask, type RunScript, until } from '@nanoclaw/testkit';
import { afterEach, expect, test } from 'vitest';

/* A week in Berlin in which the clocks are set forward, with fifty tasks, a host that dies in every phase, and one that is off. */

const HOUR_MS = 3_600_000;
const BEGIN = Date.parse('2026-03-25T23:00:00Z');
const END = BEGIN + 7 * 24 * HOUR_MS;
/** The host is off from here on for some hours: what comes due meanwhile is done once. */
const OFF = { from: Date.parse('2026-03-31T10:15:00Z'), hours: 5 };

const SETTINGS = { TZ: 'Europe/Berlin', RETENTION_DAYS: '0' };

let under: EngineUnderTest;
let home: string;
afterEach(async () => {
  await under.crash();
  rmSync(home, { recursive: true });
});

interface Planned {
  readonly id: string;
  readonly type: string;
  readonly value: string;
  readonly nextRun: string;
  /** When it is due in the week, worked out without the scheduler. */
  readonly due: readonly number[];
}

/** Local midnight of the n-th day: the offset is one hour before the night to the 29th, and two after it. */
function midnight(day: number): number {
  return BEGIN + day * 24 * HOUR_MS - (day > 3 ? HOUR_MS : 0);
}

/** A time of day that every day has; in the night to the 29th the hour from two to three does not exist. */
function daily(hour: number, minute: number): number[] {
  return Array.from({ length: 8 }, (_, day) => {
    const isSkipped = day === 3 && hour === 2;
    const afterChange = day === 3 && hour > 2 ? HOUR_MS : 0;
    return midnight(day) + (isSkipped ? 2 * HOUR_MS : hour * HOUR_MS + minute * 60_000 - afterChange);
  }).filter((at) => at < END);
}

function plan(): Planned[] {
  const iso = (at: number): string => new Date(at).toISOString();
  const tasks: Planned[] = [];
  const add = (type: string, value: string, due: number[]): void => {
    tasks.push({ id: `task-${tasks.length}`, type, value, nextRun: iso(due[0] ?? END), due });
  };
  for (let index = 0; index < 24; index++)
    add('cron', `${(index * 7) % 60} ${index} * * *`, daily(index, (index * 7) % 60));
  for (const [hour, minute] of [
    [2, 30],
    [2, 0],
    [3, 0],
    [1, 59],
  ] as const)
    add('cron', `${minute} ${hour} * * *`, daily(hour, minute));
  for (let index = 0; index < 14; index++) {
    const every = (4 + index) * HOUR_MS;
    const count = Math.ceil((END - BEGIN) / every);
    add(
      'interval',
      String(every),
      Array.from({ length: count }, (_, k) => BEGIN + (k + 1) * every).filter((at) => at < END),
    );
  }
  for (let index = 0; index < 8; index++)
    add('once', iso(BEGIN + (index * 20 + 1) * HOUR_MS), [BEGIN + (index * 20 + 1) * HOUR_MS]);
  return tasks;
}

const STEP_MS = HOUR_MS / 4;

/** How a host ends in the middle of its work; "hang" and "words" are what a run does before it. */
const PHASES = ['idle', 'task-claimed', 'hang', 'task-finished', 'words'] as const;

test('each due time of a week ran once, or is reported, whatever became of the host', async () => {
  home = mkdtempSync(join(tmpdir(), 'nanoclaw-week-'));
  const planned = plan();
  expect(planned).toHaveLength(50);
  let phase: (typeof PHASES)[number] | undefined;
  const happened: Record<string, number> = {};
  const note = (what: string): void => {
    happened[what] = (happened[what] ?? 0) + 1;
  };
  const scriptOf = (): RunScript => async (run) => {
    const mine = phase;
    if (mine === 'words') run.emit({ result: 'half of it' });
    if (mine === 'words' || mine === 'hang') note(mine);
    else run.answer(`done: ${run.input.prompt.split('\n')[0]}`, 0);
    await run.next();
  };
  const start = (startMs: number): EngineUnderTest => anEngine({ home, scriptOf, startMs, settings: SETTINGS });
  under = start(BEGIN);
  for (const { id, type, value, nextRun } of planned) {
    insertTask(under.stores.database, { id, type, value, nextRun, prompt: id, contextMode: 'isolated' });
  }
  under.engine.tasks.wake();
  const count = (state: string): number =>
    Number(under.stores.database.prepare(`SELECT COUNT(*) FROM task_run_logs WHERE ${state}`).pluck().get());
  const crash = async (hoursOff = 0): Promise<void> => {
    const at = under.clock.now() + hoursOff * HOUR_MS;
    await under.crash();
    phase = undefined;
    under = start(at);
  };

  for (let step = 0; under.clock.now() < END; step++) {
    if (under.clock.now() === OFF.from) await crash(OFF.hours);
    phase = step % 7 === 0 ? PHASES[(step / 7) % PHASES.length] : undefined;
    const disarm =
      phase === 'task-claimed' || phase === 'task-finished'
        ? armFailpoint(phase, () => {
            note(String(phase));
            throw new Error('the host dies here');
          })
        : () => undefined;
    await under.clock.advance(STEP_MS);
    disarm();
    if (phase !== undefined) {
      note('crashes');
      await crash();
    }
    await until('what was due is over', async () => {
      await under.clock.advance(0);
      return count("status IN ('claimed', 'running')") === 0;
    });
  }

  expect(happened['crashes']).toBeGreaterThan(80);
  for (const what of PHASES.filter((one) => one !== 'idle')) expect(happened[what]).toBeGreaterThan(3);
  const rows = under.stores.database
    .prepare('SELECT task_id AS id, due_at AS due, status FROM task_run_logs')
    .all() as { id: string; due: string; status: string }[];
  const iso = (at: number): string => new Date(at).toISOString();
  for (const { id, due } of planned) {
    const missed = due.filter((at) => at >= OFF.from && at < OFF.from + OFF.hours * HOUR_MS);
    // Of what was missed while the host was off, the first stands for all.
    const expected = due.filter((at) => !missed.slice(1).includes(at)).map(iso);
    const ran = rows.filter((row) => row.id === id).map((row) => row.due);
    expect([id, ran.filter((at) => Date.parse(at) < END)]).toEqual([id, expected]);
  }
  // What was cut off after its first words is not said again, and the chat is told; everything else is done.
  const texts = under.stores.database.prepare("SELECT text FROM outbox WHERE state = 'sent'").pluck().all() as string[];
  const said = (form: RegExp): number => texts.filter((text) => form.test(text)).length;
  expect(said(/^done: /)).toBe(rows.filter(({ status }) => status === 'success').length);
  expect(said(/is not done again/)).toBe(rows.filter(({ status }) => status === 'error').length);
  expect(said(/^half of it$/)).toBe(happened['words']);
  expect(rows.every(({ status }) => status === 'success' || status === 'error')).toBe(true);
}, 300_000);
