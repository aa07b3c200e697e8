import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  anEngine,
  type EngineOptions,
  type EngineUnderTest,
  type RunScript,
  readRuns,
  readTask,
  until,
} from '@nanoclaw/testkit';
import { afterEach, describe, expect, test } from 'vitest';

let under: EngineUnderTest;
afterEach(() => under.end());

const MINUTE_MS = 60_000;

const done: RunScript = async (run) => {
  run.answer('done', 0);
  await run.next();
};
/** Works until it is ended. */
const hanging: RunScript = async (run) => {
  await run.next();
};
/** Says a text with the send_message tool, then works until it is ended. */
const talking: RunScript = async (run) => {
  const document = JSON.stringify({ type: 'message', chatJid: run.input.chatJid, text: 'on my way', id: 'r-1' });
  writeFileSync(join(run.mailbox, 'messages', '.a'), document);
  renameSync(join(run.mailbox, 'messages', '.a'), join(run.mailbox, 'messages', 'a.json'));
  run.emit({ newSessionId: 'session-begun' });
  await run.next();
};

const runsOf = (id: string) => readRuns(under.stores.database, id);
const taskOf = (id: string) => readTask(under.stores.database, id);

/** The host dies and another one starts on its home. */
async function restart(options: EngineOptions): Promise<void> {
  const { home } = under;
  await under.crash();
  under = anEngine({ ...options, home });
}

describe('the schedule', () => {
  test('v1: next run advanced only after the run, so a restart repeats a task', async () => {
    under = anEngine({ scriptOf: () => hanging });
    const id = under.addTask({ type: 'interval', value: String(60 * MINUTE_MS) });
    await until('it works', () => under.driver.runs.length === 1);
    expect(taskOf(id).next_run).toBe('2026-01-01T01:00:00.000Z');

    await restart({ scriptOf: () => done });
    await under.waitForTexts(1);
    await under.clock.advance(59 * MINUTE_MS);

    expect(runsOf(id)).toMatchObject([{ status: 'success', due_at: '2026-01-01T00:00:00.000Z', attempt: 2 }]);
  });

  test('runs what was missed while the host was down once, and leaves out the rest', async () => {
    under = anEngine({ scriptOf: () => done });
    const once = under.addTask({ nextRun: '2025-12-01T00:00:00.000Z' });
    const hourly = under.addTask({ type: 'cron', value: '0 * * * *', nextRun: '2025-12-01T00:00:00.000Z' });
    const often = under.addTask({ type: 'interval', value: '420000', nextRun: '2025-12-31T23:50:00.000Z' });
    await until('all have run', async () => {
      await under.clock.advance(1_000);
      return [once, hourly, often].every((id) => runsOf(id)[0]?.status === 'success');
    });

    expect([once, hourly, often].map((id) => runsOf(id).length)).toEqual([1, 1, 1]);
    expect([once, hourly, often].map((id) => taskOf(id).next_run)).toEqual([
      null,
      '2026-01-01T01:00:00.000Z',
      '2026-01-01T00:04:00.000Z',
    ]);
  });

  test('runs every due time exactly once, also when the clock is set back', async () => {
    under = anEngine({ scriptOf: () => done });
    const id = under.addTask({ type: 'cron', value: '0 * * * *', nextRun: '2026-01-01T01:00:00.000Z' });
    await under.clock.advance(60 * MINUTE_MS);
    await under.waitForTexts(1);

    under.clock.setBack(30 * MINUTE_MS);
    await under.clock.advance(89 * MINUTE_MS);
    expect(runsOf(id)).toHaveLength(1);
    await under.clock.advance(MINUTE_MS);
    await under.waitForTexts(2);

    expect(runsOf(id).map(({ due_at }) => due_at)).toEqual(['2026-01-01T01:00:00.000Z', '2026-01-01T02:00:00.000Z']);
  });

  test('lets no runs of a slow task pile up', async () => {
    under = anEngine({ scriptOf: (run) => (run === 0 ? hanging : done) });
    const id = under.addTask({ type: 'interval', value: '1000' });
    await under.clock.advance(10 * MINUTE_MS);
    expect(runsOf(id)).toMatchObject([{ status: 'running' }]);

    await under.engine.liveAgents.stopAll();
    await under.clock.advance(10_000);

    expect(runsOf(id).slice(0, 2)).toMatchObject([
      { status: 'success', attempt: 2 },
      { due_at: '2026-01-01T00:00:01.000Z' },
    ]);
  });

  test('pauses a task whose chat is not registered, instead of failing every minute', async () => {
    under = anEngine({ scriptOf: () => done });
    const ids = ['nobody', '../main', 'Main'].map((folder) => under.addTask({ folder }));
    await under.clock.advance(5 * MINUTE_MS);

    for (const id of ids) {
      expect(taskOf(id)).toMatchObject({ status: 'paused', last_result: 'Error: its chat is not registered' });
      expect(runsOf(id)).toEqual([]);
    }
    expect(under.log.filter(({ event }) => event === 'task.paused')).toHaveLength(3);
  });

  test.each([
    ['interval', '0', '2025-12-31T00:00:00.000Z'],
    ['cron', 'every monday', '2025-12-31T00:00:00.000Z'],
    ['interval', '60000', '2025 soon'],
  ])(
    'pauses a task with schedule %s %j, due %s, that cannot be kept, and tells its chat',
    async (type, value, nextRun) => {
      under = anEngine({ scriptOf: () => done });
      const id = under.addTask({ type, value, nextRun });

      const [text] = await under.waitForTexts(1);

      expect(text).toMatch(/^The scheduled task "brief me" is paused: .+\.$/);
      expect(taskOf(id)).toMatchObject({ status: 'paused', last_result: expect.stringMatching(/^Error: /) });
      expect(under.driver.runs).toHaveLength(0);
    },
  );

  test('skips a claimed run whose chat is gone', async () => {
    under = anEngine({ scriptOf: () => hanging, settings: { MAX_CONCURRENT_CONTAINERS: '1' } });
    const other = under.register('other');
    under.addTask();
    const id = under.addTask({ folder: 'other', type: 'interval', value: '3600000' });
    await until('it is claimed', () => runsOf(id)[0]?.status === 'claimed');

    under.stores.groups.remove(other);
    under.engine.tasks.wake();
    await until('it is skipped', () => runsOf(id)[0]?.status === 'skipped');

    expect(taskOf(id).status).toBe('paused');
  });

  test('claims more tasks than it reads at once', async () => {
    under = anEngine({ scriptOf: () => hanging });
    for (let index = 0; index < 230; index++) under.addTask({ id: `t${index}` });

    await until('all are claimed', () => under.stores.tasks.counts(under.clock.now()).due === 229);
    expect(under.stores.tasks.counts(under.clock.now())).toEqual({ active: 0, paused: 0, due: 229, running: 1 });
  });
});

describe('after a crash', () => {
  test('a claimed run that had not begun is done', async () => {
    under = anEngine({ scriptOf: () => hanging, settings: { MAX_CONCURRENT_CONTAINERS: '1' } });
    under.register('other');
    under.addTask();
    const id = under.addTask({ folder: 'other' });
    await until('it is claimed', () => runsOf(id)[0]?.status === 'claimed');

    await restart({ scriptOf: () => done });

    expect(await under.waitForTexts(1, 'local:other')).toEqual(['done']);
    expect(runsOf(id)).toMatchObject([{ status: 'success', attempt: 1 }]);
  });

  test('a run that had said something is not repeated, and its chat is told', async () => {
    under = anEngine({ scriptOf: () => talking });
    const id = under.addTask();
    await under.waitForTexts(1);

    await restart({ scriptOf: () => done });

    expect(await under.waitForTexts(2)).toEqual([
      'on my way',
      'The scheduled task "brief me" is not done again: it was interrupted after its first words.',
    ]);
    await under.clock.advance(5 * MINUTE_MS);
    expect(under.driver.runs).toHaveLength(0);
    expect(runsOf(id)).toMatchObject([{ status: 'error', error: 'interrupted', attempt: 1 }]);
    expect(taskOf(id).last_result).toBe('Error: interrupted');
  });

  test('a run is begun three times, then its chat is told', async () => {
    under = anEngine({ scriptOf: () => hanging });
    const id = under.addTask();
    for (let attempt = 1; attempt <= 3; attempt++) {
      await until('it works', () => runsOf(id)[0]?.status === 'running' && under.driver.runs.length === 1);
      expect(runsOf(id)[0]!.attempt).toBe(attempt);
      await restart({ scriptOf: () => hanging });
    }

    expect(await under.waitForTexts(1)).toEqual([
      'The scheduled task "brief me" is not done again: it was interrupted 3 times.',
    ]);
    expect(runsOf(id)).toMatchObject([{ status: 'error', error: 'interrupted' }]);
  });
});

test('a run whose end could not be stored is done again', async () => {
  under = anEngine({ scriptOf: () => done });
  const { database } = under.stores;
  database.exec(`CREATE TRIGGER full BEFORE UPDATE ON task_run_logs WHEN NEW.status = 'success'
    BEGIN SELECT RAISE(ABORT, 'no room'); END`);
  database.exec(`CREATE TRIGGER full_too BEFORE UPDATE ON task_run_logs WHEN OLD.attempt = 1 AND NEW.attempt = 2
    BEGIN SELECT RAISE(ABORT, 'no room'); END`);
  const id = under.addTask();
  await until('it has tried', () => under.log.some(({ event }) => event === 'queue.run-failed'));
  expect(under.texts()).toEqual([]);

  database.exec('DROP TRIGGER full; DROP TRIGGER full_too');
  await until('it is over', async () => {
    await under.clock.advance(MINUTE_MS);
    return runsOf(id)[0]?.status === 'success';
  });

  expect(await under.waitForTexts(1)).toEqual(['done']);
});
