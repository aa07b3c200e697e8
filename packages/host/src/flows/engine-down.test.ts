import { anEngine, type EngineUnderTest, type RunScript, readRuns, repeatingScript, until } from '@nanoclaw/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { MAX_ENGINE_WAIT_MS, MAX_HOST_DEATHS, MAX_TURN_ATTEMPTS } from './answer-group.ts';

let under: EngineUnderTest;
afterEach(() => under.end());

const MINUTE_MS = 60_000;
let isUp = true;

/** An engine that is there or not: without it nothing starts, and it says so when asked. */
function start(): void {
  const refusing: RunScript = async () => ({ kind: 'never-started', detail: 'connection refused' });
  under = anEngine({ scriptOf: () => (isUp ? repeatingScript((prompt) => `got ${prompt.length}`) : refusing) });
  under.driver.available = async () =>
    isUp ? { ok: true, detail: 'up' } : { ok: false, reason: 'it does not answer', remedy: 'start it', mayPass: true };
}

async function pass(ms: number): Promise<void> {
  for (let at = 0; at < ms; at += MINUTE_MS / 4) await under.clock.advance(MINUTE_MS / 4);
}

describe('an engine that is down', () => {
  test('for ten minutes costs no message its answer', async () => {
    isUp = false;
    start();
    under.say('hello');
    await pass(10 * MINUTE_MS);
    expect(under.driver.runs.length).toBeGreaterThan(MAX_TURN_ATTEMPTS);
    expect(under.texts().filter((text) => text.startsWith('I could not'))).toEqual([]);

    isUp = true;
    await until('it is answered', async () => {
      await under.clock.advance(MINUTE_MS / 4);
      return under.texts().some((text) => text.startsWith('got'));
    });
    expect(under.texts().filter((text) => text.startsWith('got'))).toHaveLength(1);
  });

  test('for longer than anybody waits is told in one sentence', async () => {
    isUp = false;
    start();
    under.say('hello');
    await pass(MAX_ENGINE_WAIT_MS + 5 * MINUTE_MS);

    const failures = under.texts().filter((text) => text.startsWith('I could not'));
    expect(failures).toEqual([expect.stringContaining('the engine that runs my sandbox does not answer')]);
    expect(under.engine.queue.state().places.size).toBe(0);
  });

  test('makes a scheduled task wait, which is then run once', async () => {
    isUp = false;
    start();
    const task = under.addTask({ prompt: 'brief me' });
    await pass(10 * MINUTE_MS);
    expect(readRuns(under.stores.database, task)).toMatchObject([{ status: 'claimed', attempt: 1 }]);

    isUp = true;
    await pass(2 * MINUTE_MS);
    expect(readRuns(under.stores.database, task)).toMatchObject([{ status: 'success', attempt: 1 }]);
  });
});

describe('a turn that its host does not survive', () => {
  async function dieInTurn(): Promise<void> {
    const { home } = under;
    await until('a turn is open', () => under.stores.turns.running().length > 0);
    await under.crash();
    under = anEngine({ home, scriptOf: () => mute });
  }
  const mute: RunScript = async (run) => {
    await run.next();
  };

  test('is told instead of tried for ever, and the next message is answered', async () => {
    isUp = true;
    under = anEngine({ scriptOf: () => mute });
    under.say('the poison');
    for (let death = 0; death < MAX_HOST_DEATHS; death++) await dieInTurn();

    expect(await under.waitForTexts(1)).toEqual([expect.stringMatching(/^I could not answer: I was ended each time/)]);
    const { home } = under;
    await under.crash();
    under = anEngine({ home, scriptOf: () => repeatingScript(() => 'fine') });
    under.say('something else');
    expect((await under.waitForTexts(2))[1]).toBe('fine');
  });
});
