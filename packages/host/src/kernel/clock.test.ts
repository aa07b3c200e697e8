import { createManualClock, until } from '@nanoclaw/testkit';
import { describe, expect, test } from 'vitest';
import { retryDelayMs } from './backoff.ts';
import { startLoop, systemClock } from './clock.ts';
import { startDeadline } from './deadline.ts';

const EVERY_MS = 1_000;

function aLoop(body: (call: number) => Promise<void> | void) {
  const clock = createManualClock(0);
  const stopping = new AbortController();
  const calls: number[] = [];
  const errors: unknown[] = [];
  const loop = startLoop({
    clock,
    everyMs: EVERY_MS,
    signal: stopping.signal,
    onError: (error) => errors.push(error),
    body: () => {
      calls.push(clock.now());
      return body(calls.length);
    },
  });
  return { clock, calls, errors, loop, stop: () => stopping.abort() };
}

describe('a loop', () => {
  test('runs at once and then at its interval', async () => {
    const { clock, calls } = aLoop(() => undefined);

    await clock.advance(2_500);

    expect(calls).toEqual([0, 1_000, 2_000]);
  });

  test('runs sooner when it is woken, and its interval begins again', async () => {
    const { clock, calls, loop } = aLoop(() => undefined);
    await clock.advance(400);
    loop.wake();
    await clock.advance(1_000);

    expect(calls).toEqual([0, 400, 1_400]);
  });

  test('runs once more for any number of wake-ups during a run, and never twice at a time', async () => {
    let finish: () => void = () => undefined;
    const { clock, calls, loop } = aLoop((call) =>
      call > 1
        ? undefined
        : new Promise((resolve) => {
            finish = resolve;
          }),
    );
    for (let count = 0; count < 3; count++) loop.wake();
    await clock.advance(5_000);
    expect(calls).toEqual([0]);

    finish();
    await clock.advance(0);

    expect(calls).toEqual([0, 5_000]);
  });

  test('survives a body that throws: it is told and runs again at its interval', async () => {
    const { clock, calls, errors } = aLoop((call) => {
      if (call < 3) throw new Error(`failure ${call}`);
    });
    await clock.advance(2_000);

    expect(calls).toEqual([0, 1_000, 2_000]);
    expect(errors).toEqual([new Error('failure 1'), new Error('failure 2')]);
  });

  test('ends when it is told to, also while it sleeps, and leaves no sleep behind', async () => {
    const { clock, calls, loop, stop } = aLoop(() => undefined);
    await clock.advance(0);

    stop();
    await loop.stopped;
    loop.wake();
    await clock.advance(10_000);

    expect(calls).toEqual([0]);
    expect(clock.sleepers()).toBe(0);
  });
});

describe('a sleep', () => {
  test('of the real clock ends early when its signal aborts, and at once for one that has', async () => {
    const stopping = new AbortController();
    const sleep = systemClock.sleep(60_000, stopping.signal);
    stopping.abort();

    await sleep;
    await systemClock.sleep(60_000, stopping.signal);
    await systemClock.sleep(-5);
  });

  test('longer than the longest timer of Node does not end at once', async () => {
    const stopping = new AbortController();
    let isOver = false;
    const sleep = systemClock.sleep(30 * 86_400_000, stopping.signal).then(() => {
      isOver = true;
    });
    // A timer beyond the limit fires after one millisecond; one of five begins now and surely ends later.
    await systemClock.sleep(5);
    expect(isOver).toBe(false);

    stopping.abort();
    await sleep;
  });
});

test('a manual clock wakes sleeps in the order of their time and lets each begin new ones', async () => {
  const clock = createManualClock(0);
  const order: string[] = [];
  const sleep = async (name: string, ...steps: number[]): Promise<void> => {
    for (const ms of steps) {
      await clock.sleep(ms);
      order.push(`${name}${clock.now()}`);
    }
  };
  void sleep('a', 30, 30);
  void sleep('b', 20, 20);
  void sleep('c', 20);

  await clock.advance(50);

  expect(order).toEqual(['b20', 'c20', 'a30', 'b40']);
  expect(clock.now()).toBe(50);
});

describe('a deadline', () => {
  test('expires after its whole length without a push, once', async () => {
    const clock = createManualClock(0);
    const expired: number[] = [];
    const deadline = startDeadline(clock, 100, () => expired.push(clock.now()));
    await clock.advance(60);
    deadline.push();
    await clock.advance(60);
    expect(expired).toEqual([]);

    await clock.advance(1_000);

    expect(expired).toEqual([160]);
  });

  test('that was cancelled does not expire and leaves no sleep behind', async () => {
    const clock = createManualClock(0);
    const deadline = startDeadline(clock, 100, () => expect.unreachable());

    deadline.cancel();
    await clock.advance(1_000);

    expect(clock.sleepers()).toBe(0);
  });
});

test('retries wait 5, 10, 20, 40, 80 seconds, each a fifth more or less', () => {
  const seconds = (random: number): number[] => [1, 2, 3, 4, 5].map((attempt) => retryDelayMs(attempt, random) / 1_000);

  expect(seconds(0.5)).toEqual([5, 10, 20, 40, 80]);
  expect(seconds(0)).toEqual([4, 8, 16, 32, 64]);
  expect(seconds(0.999_999)[4]).toBeCloseTo(96, 3);
  expect(() => retryDelayMs(0, 0.5)).toThrow('assertion failed');
});

test('until is what tests wait with: it gives up with what it waited for', async () => {
  await expect(until('never', () => false, 1)).rejects.toThrow('until never');
});
