import type { ErrorKind } from '@nanoclaw/protocol';
import { anEngine, type EngineUnderTest, type RunScript, repeatingScript, until } from '@nanoclaw/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { MAX_TURN_ATTEMPTS } from './answer-group.ts';

let under: EngineUnderTest;
const start = (scriptOf: (run: number) => RunScript, home?: string): void => {
  under = anEngine({ scriptOf, ...(home === undefined ? {} : { home }) });
};
afterEach(() => under.end());

const answering = repeatingScript(() => 'fine');
const crashing: RunScript = async () => ({ kind: 'exited', code: 3 });
const failing =
  (errorKind: ErrorKind): RunScript =>
  async (run) => {
    run.emit({ status: 'error', error: 'it failed', errorKind });
    return { kind: 'exited', code: 1 };
  };
const mute: RunScript = async (run) => {
  await until('it is ended', () => run.isStopped());
};
const prompts = (): string[] => under.driver.runs.map(({ input }) => input.prompt);

/** Moves time on until `look` sees what is waited for; retries become due on the way. */
async function advanceUntil(what: string, look: () => boolean, stepMs = 5_000): Promise<void> {
  await until(what, async () => {
    await under.clock.advance(stepMs);
    return look();
  });
}

const givenUp = (): Promise<void> => advanceUntil('the turn is given up', () => under.texts().length > 0);

/** Long enough for any retry. */
const quietHour = (): Promise<void> => under.clock.advance(3_600_000);

describe('a turn that fails', () => {
  test('is tried again until it succeeds, and the chat sees only the answer', async () => {
    start((run) => (run < 2 ? crashing : answering));

    under.say('hello');
    await advanceUntil('it is answered', () => under.texts().length === 1);

    expect(under.texts()).toEqual(['fine']);
    expect(under.stores.turns.counts()).toEqual({ failed: 2, done: 1 });
  });

  test('is tried with growing pauses', async () => {
    start(() => crashing);
    under.say('hello');
    await givenUp();

    const pauses = under.log.filter(({ event }) => event === 'queue.retry-scheduled').map(({ fields }) => fields['ms']);

    expect(pauses).toEqual([5_000, 10_000, 20_000, 40_000]);
  });

  test('too often is told in one sentence; the messages stay as context and are not answered again', async () => {
    start((run) => (run < MAX_TURN_ATTEMPTS ? crashing : answering));
    under.say('the question');
    await givenUp();
    const [sentence] = under.texts();
    expect(sentence).toMatch(/^I could not answer: my sandbox ended before I was done\./);
    expect(prompts()).toHaveLength(MAX_TURN_ATTEMPTS);

    under.say('another one');

    expect(await under.waitForTexts(2)).toEqual([sentence, 'fine']);
    expect(prompts().at(-1)).not.toContain('the question');
    expect(under.stores.messages.before('local:main' as never, 100, 10).map(({ content }) => content)).toContain(
      'the question',
    );
  });

  test.each([
    ['auth', /refused the key/],
    ['billing', /cannot pay/],
    ['bad-request', /refused the request/],
  ] as const)('because of %s is told at once and not tried again', async (errorKind, words) => {
    start(() => failing(errorKind));

    under.say('hello');

    expect((await under.waitForTexts(1))[0]).toMatch(words);
    await quietHour();
    expect(prompts()).toHaveLength(1);
    expect(under.texts()).toHaveLength(1);
  });

  test.each([
    ['overloaded', failing('overloaded'), /overloaded/],
    ['rate limit', failing('rate-limit'), /rate limit/],
    ['out of memory', (async () => ({ kind: 'out-of-memory' })) as RunScript, /more memory/],
    [
      'a sandbox that never starts',
      (async () => ({ kind: 'never-started', detail: 'x' })) as RunScript,
      /does not start/,
    ],
    ['a run that ends without a word', (async () => undefined) as RunScript, /ended before I was done/],
  ])('because of %s is retried and then told in words of its own', async (_, script, words) => {
    start(() => script);

    under.say('hello');
    await givenUp();
    await quietHour();

    expect(under.texts()).toHaveLength(1);
    expect(under.texts()[0]).toMatch(words);
    expect(prompts()).toHaveLength(MAX_TURN_ATTEMPTS);
  });

  test('because the run says nothing for too long is ended and told', async () => {
    start(() => mute);

    under.say('hello');
    await advanceUntil('it is told', () => under.texts().length > 1, 300_000);

    expect(under.texts()).toEqual(['I am still working on it.', expect.stringMatching(/took longer/)]);
    expect(under.driver.live()).toBe(0);
  });

  test('because the run cannot even be prepared is retried, and nothing of the run is left behind', async () => {
    start(() => answering);
    under.driver.start = () => {
      throw new Error('no such engine');
    };

    under.say('hello');
    await givenUp();

    expect(under.texts()[0]).toMatch(/does not start/);
    expect(under.engine.queue.state().places.size).toBe(0);
  });

  test('because the database refuses the answer ends the sandbox and is tried again', async () => {
    start(() => answering);
    under.stores.database.exec(
      "CREATE TRIGGER full BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'disk full'); END",
    );
    under.say('hello');
    await until('the first run has ended', () => under.driver.runs.length === 1 && under.driver.live() === 0);

    under.stores.database.exec('DROP TRIGGER full');
    await advanceUntil('it is answered', () => under.texts().length === 1);

    expect(under.texts()).toEqual(['fine']);
    expect(under.stores.turns.counts()).toEqual({ failed: 1, done: 1 });
  });
});

describe('an interruption', () => {
  test('ends its turn without a word, and is no reason for what happens to the next one', async () => {
    start((run) =>
      run > 0
        ? answering
        : async (first) => {
            first.emit({ status: 'error', errorKind: 'interrupted', ack: 0 });
            await first.next();
            return { kind: 'out-of-memory' };
          },
    );
    under.say('never mind');
    await until('the turn is over', () => under.stores.turns.counts()['failed'] === 1);
    expect(under.texts()).toEqual([]);

    under.say('do this');
    await advanceUntil('it is answered', () => under.texts().length === 1);

    expect(under.texts()).toEqual(['fine']);
    expect(prompts().at(-1)).toContain('do this');
  });
});

describe('a restart', () => {
  test('answers what was running when the host died, once', async () => {
    start(() => mute);
    under.say('hello');
    await until('it runs', () => under.driver.runs.length === 1);
    expect(under.stores.turns.counts()).toEqual({ running: 1 });
    await under.crash();

    start(() => answering, under.home);

    expect(await under.waitForTexts(1)).toEqual(['fine']);
    expect(under.stores.turns.counts()).toEqual({ failed: 1, done: 1 });
  });

  test('answers what was stored and never looked at', async () => {
    start(() => answering);
    await under.crash();
    const { home } = under;
    start(() => answering, home);
    under.engine.stopAccepting();
    under.say('hello');
    await under.crash();

    start(() => answering, home);

    expect(await under.waitForTexts(1)).toEqual(['fine']);
  });

  test('does not answer again what was answered', async () => {
    start(() => answering);
    under.say('hello');
    await under.waitForTexts(1);
    await under.crash();

    start(() => answering, under.home);
    await under.clock.advance(60_000);

    expect(under.driver.runs).toEqual([]);
    expect(under.texts()).toEqual(['fine']);
  });

  test('counts as no failure of the turn', async () => {
    start(() => mute);
    under.say('hello');
    for (let crash = 0; crash < MAX_TURN_ATTEMPTS; crash++) {
      const { home } = under;
      await until('it runs', () => under.driver.runs.length > 0);
      await under.crash();
      start(() => mute, home);
    }
    await until('it runs', () => under.driver.runs.length > 0);

    expect(under.texts()).toEqual([]);
  });
});
