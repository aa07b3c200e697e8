import {
  anEngine,
  type EngineUnderTest,
  type RunScript,
  readRuns,
  readTask,
  repeatingScript,
  until,
} from '@nanoclaw/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { MAX_FAILED_RUNS } from './settle-task.ts';

let under: EngineUnderTest;
afterEach(() => under.end());

const MINUTE_MS = 60_000;

/** Says one thing as the task's result, and stays until it is asked to end. */
const saying =
  (result: string | null, sessionId = 'session-new'): RunScript =>
  async (run) => {
    run.answer(result, 0, { newSessionId: sessionId });
    await run.next();
  };
const failing =
  (errorKind: 'overloaded' | 'auth' | 'script'): RunScript =>
  async (run) => {
    run.emit({ status: 'error', errorKind });
    return { kind: 'exited', code: 1 };
  };
/** A message is echoed, a task gets `result`. */
const answering =
  (result: string): RunScript =>
  (run) =>
    (run.input.isScheduledTask ? saying(result) : repeatingScript(() => 'an answer'))(run);

const runsOf = (id: string) => readRuns(under.stores.database, id);
const taskOf = (id: string) => readTask(under.stores.database, id);
const advanceUntil = (what: string, look: () => boolean): Promise<unknown> =>
  until(what, async () => {
    await under.clock.advance(2_000);
    return look();
  });

describe('a task', () => {
  test('runs once when it is due, and its result goes to the chat', async () => {
    under = anEngine({ scriptOf: () => saying('the news', 'session-of-the-task') });
    const id = under.addTask({ nextRun: '2026-01-01T00:05:00.000Z', script: 'true' });
    await under.clock.advance(5 * MINUTE_MS - 1);
    expect(under.driver.runs).toHaveLength(0);
    await under.clock.advance(1);

    expect(await under.waitForTexts(1)).toEqual(['the news']);
    await under.clock.advance(24 * 60 * MINUTE_MS);

    const { input } = under.driver.runs[0]!;
    expect(input).toMatchObject({ prompt: 'brief me', isScheduledTask: true, script: 'true', chatJid: 'local:main' });
    expect(input.partials).toBe(false);
    expect(under.driver.runs).toHaveLength(1);
    expect(runsOf(id)).toMatchObject([{ status: 'success', due_at: '2026-01-01T00:05:00.000Z', result: 'the news' }]);
    expect(taskOf(id)).toMatchObject({ status: 'completed', next_run: null, last_result: 'the news' });
  });

  test('whose result is internal or empty says nothing, and its run is a success', async () => {
    under = anEngine({ scriptOf: (run) => saying(run === 0 ? '<internal>nothing new</internal>' : null) });
    const first = under.addTask();
    await until('the first is over', () => taskOf(first).last_result !== null);
    const second = under.addTask();
    await advanceUntil('the second is over', () => taskOf(second).last_result === 'Completed');

    expect(under.texts()).toEqual([]);
    expect(runsOf(first)).toMatchObject([{ status: 'success' }]);
  });

  test('that is isolated has no session and leaves the one of its group alone', async () => {
    under = anEngine({ scriptOf: () => saying('hi') });
    under.stores.groups.setSession('main', 'session-of-main');
    under.addTask({ contextMode: 'isolated' });
    await under.waitForTexts(1);

    expect(under.driver.runs[0]!.input.sessionId).toBeUndefined();
    expect(under.stores.groups.sessionOf('main')).toBe('session-of-main');
  });

  test("goes on with its group's session in group mode, and begins it where there is none", async () => {
    under = anEngine({ scriptOf: () => saying('hi', 'session-begun') });
    under.addTask({ contextMode: 'group' });
    await under.waitForTexts(1);
    expect(under.driver.runs[0]!.input.sessionId).toBeUndefined();
    expect(under.stores.groups.sessionOf('main')).toBe('session-begun');

    under.addTask({ contextMode: 'group' });
    await advanceUntil('it has run again', () => under.texts().length === 2);
    expect(under.driver.runs[1]!.input.sessionId).toBe('session-begun');
  });

  test('may say more after its result, until its sandbox is asked to end', async () => {
    under = anEngine({
      scriptOf: () => async (run) => {
        run.answer('first', 0);
        run.answer('second', 0);
        await run.next();
      },
    });
    const id = under.addTask();
    expect(await under.waitForTexts(2)).toEqual(['first', 'second']);
    await advanceUntil('the sandbox is gone', () => under.driver.live() === 0);

    expect(runsOf(id)).toMatchObject([{ status: 'success', result: 'first' }]);
  });

  test('is not run any more when it was paused after its run was claimed', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    under = anEngine({
      scriptOf: () => async (run) => {
        await held;
        run.answer('first', 0);
        await run.next();
      },
    });
    under.addTask({ nextRun: '2025-12-31T00:00:00.000Z' });
    const paused = under.addTask({ type: 'interval', value: '3600000' });
    await until('it is claimed', () => runsOf(paused)[0]?.status === 'claimed');

    under.stores.database.prepare("UPDATE scheduled_tasks SET status = 'paused' WHERE id = ?").run(paused);
    release();
    await advanceUntil('it is skipped', () => runsOf(paused)[0]?.status === 'skipped');

    expect(runsOf(paused)).toMatchObject([{ error: 'the task is paused' }]);
    expect(under.driver.runs).toHaveLength(1);
    expect(taskOf(paused).last_result).toBeNull();
  });
});

describe('between tasks and messages', () => {
  test('a message that comes during a task waits and is answered right after, in a run of its own', async () => {
    let finish: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      finish = resolve;
    });
    under = anEngine({
      scriptOf: (index) => async (run) => {
        if (index === 0) await held;
        await answering('the task')(run);
      },
    });
    under.addTask();
    await until('the task works', () => under.driver.runs.length === 1);
    under.say('hello');
    await under.clock.advance(1_000);
    expect(under.driver.runs).toHaveLength(1);

    finish();

    expect(await under.waitForTexts(2)).toEqual(['the task', 'an answer']);
    expect(under.driver.runs[1]!.input.isScheduledTask).toBeUndefined();
    expect(under.driver.peak()).toBe(1);
  });

  test('a claimed task goes before messages that wait already', async () => {
    under = anEngine({ scriptOf: () => answering('the task'), settings: { MAX_CONCURRENT_CONTAINERS: '1' } });
    const other = under.register('other');
    under.say('hello', other);
    await under.waitForTexts(1, other);
    under.say('hello', 'local:main');
    under.addTask();

    expect(await under.waitForTexts(2)).toEqual(['the task', 'an answer']);
  });

  test('an idle sandbox of the chat makes room for a task, a working one is never interrupted', async () => {
    let finish: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      finish = resolve;
    });
    under = anEngine({
      scriptOf: (index) => async (run) => {
        if (index === 0) await held;
        await answering('the task')(run);
      },
    });
    under.say('hello');
    await until('the chat works', () => under.driver.runs.length === 1);
    under.addTask();
    await under.clock.advance(3 * MINUTE_MS);
    expect(under.driver.runs[0]!.isStopped()).toBe(false);
    expect(under.engine.liveAgents.list()).toMatchObject([{ phase: 'working' }]);

    finish();

    expect(await under.waitForTexts(2)).toEqual(['an answer', 'the task']);
    under.addTask();
    expect(await under.waitForTexts(3)).toEqual(['an answer', 'the task', 'the task']);
  });
});

describe('a task that fails', () => {
  test('is tried again with growing pauses, then its chat is told once', async () => {
    const startedAt: number[] = [];
    under = anEngine({
      scriptOf: () => {
        startedAt.push(under.clock.now());
        return failing('overloaded');
      },
    });
    const id = under.addTask({ type: 'interval', value: String(60 * MINUTE_MS), prompt: 'brief me\nabout the news' });
    await under.clock.advance(10 * MINUTE_MS);

    expect(startedAt.map((at) => (at - startedAt[0]!) / 1000)).toEqual([0, 5, 15, 35, 75]);
    expect(under.texts()).toEqual([
      'The scheduled task "brief me about the news" failed: the model service is overloaded.',
    ]);
    expect(runsOf(id)).toMatchObject([{ status: 'error', attempt: 5, error: 'the model service is overloaded' }]);
    expect(taskOf(id)).toMatchObject({ status: 'active', last_result: 'Error: the model service is overloaded' });
  });

  test('in a way that cannot pass is told at once', async () => {
    under = anEngine({ scriptOf: () => failing('auth') });
    const id = under.addTask();

    expect(await under.waitForTexts(1)).toEqual([
      'The scheduled task "brief me" failed: the model service refused the key. Check the key in the .env file and restart me.',
    ]);
    expect(runsOf(id)).toMatchObject([{ status: 'error', attempt: 1 }]);
    expect(taskOf(id).status).toBe('completed');
  });

  test('does not say again what an earlier attempt has said', async () => {
    under = anEngine({
      scriptOf: (index) => async (run) => {
        const said = under.stores.taskRuns.running()[0]!;
        if (index === 0) {
          const row = { chatJid: run.input.chatJid as never, text: 'step one', origin: 'tool' as const };
          under.stores.outbox.add({ ...row, turnId: `task-run-${said.id}`, now: 0 });
          return { kind: 'exited', code: 1 };
        }
        run.answer('step one', 0);
        await run.next();
        return undefined;
      },
    });
    const id = under.addTask();
    await advanceUntil('it is over', () => runsOf(id)[0]?.status === 'success');

    expect(under.driver.runs[1]!.input.prompt).toContain('step one');
    expect(under.stores.outbox.saidAs(`task-run-${runsOf(id)[0]!.id}`)).toHaveLength(1);
  });

  test('a broken gate script looks like nothing to do: no, it is an error, and told once until it works', async () => {
    const scripts: RunScript[] = [failing('script'), failing('script'), saying(null), failing('script')];
    under = anEngine({ scriptOf: (index) => scripts[index] ?? saying(null) });
    const id = under.addTask({ type: 'interval', value: String(MINUTE_MS), script: 'exit 3' });
    await advanceUntil(
      'it has run four times',
      () => runsOf(id).filter(({ status }) => status !== 'claimed').length > 3,
    );

    expect(runsOf(id).slice(0, 4)).toMatchObject([
      { status: 'error', error: 'its script is broken', attempt: 1 },
      { status: 'error' },
      { status: 'success', result: null },
      { status: 'error' },
    ]);
    await until('both are told', () => under.texts().length === 2);
    expect(under.texts()[0]).toMatch(/^The scheduled task "brief me" failed: its script is broken\. I say this once/);
  });

  test('a task that fails again and again is told of once, paused, and told of that', async () => {
    under = anEngine({ scriptOf: () => failing('script') });
    const id = under.addTask({ type: 'interval', value: String(MINUTE_MS) });
    await advanceUntil('it is paused', () => readTask(under.stores.database, id).status === 'paused');

    expect(runsOf(id)).toHaveLength(MAX_FAILED_RUNS);
    await until('both are told', () => under.texts().length === 2);
    expect(under.texts()[1]).toMatch(/"brief me" is paused: it has failed 5 times in a row: its script is broken/);
  });

  test('failures that say nothing about the task do not pause it', async () => {
    under = anEngine({ scriptOf: () => failing('auth') });
    const id = under.addTask({ type: 'interval', value: String(MINUTE_MS) });
    await advanceUntil('it has run often', () => runsOf(id).length > 2 * MAX_FAILED_RUNS);

    expect(readTask(under.stores.database, id).status).toBe('active');
    expect(under.texts()).toHaveLength(1);
  });

  test('its own model is the model of its runs', async () => {
    under = anEngine({ scriptOf: () => saying('hi'), settings: { MODEL: 'usual' } });
    const own = under.addTask();
    under.stores.database.prepare("UPDATE scheduled_tasks SET model = 'own' WHERE id = ?").run(own);
    const other = under.addTask();
    await advanceUntil('both have run', () => [own, other].every((id) => runsOf(id)[0]?.status === 'success'));

    expect(under.driver.runs.map(({ input }) => input.model).sort()).toEqual(['own', 'usual']);
  });
});
