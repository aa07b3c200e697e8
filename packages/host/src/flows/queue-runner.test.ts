import { createManualClock } from '@nanoclaw/testkit';
import { describe, expect, test } from 'vitest';
import { silentLog } from '../kernel/log.ts';
import type { ChatJid } from '../messages/message.ts';
import { createQueueRunner, type RunVerdict } from './queue-runner.ts';

const A = 'a' as ChatJid;

function aRunner(run: (chatJid: ChatJid) => Promise<RunVerdict>) {
  const clock = createManualClock(0);
  const after: string[] = [];
  const runner = createQueueRunner({
    cap: 2,
    clock,
    random: () => 0.5,
    run,
    close: () => undefined,
    afterRun: (chatJid) => after.push(chatJid),
    log: silentLog,
  });
  return { clock, after, runner };
}

describe('the queue runner', () => {
  test('starts a retry when it is due, and tells when a run is over for good', async () => {
    const startedAt: number[] = [];
    const { clock, after, runner } = aRunner(async () => {
      startedAt.push(clock.now());
      return startedAt.length < 3 ? { next: 'retry', failures: startedAt.length } : { next: 'rest' };
    });

    runner.handle({ kind: 'work', group: A });
    await clock.advance(60_000);

    expect(startedAt).toEqual([0, 5_000, 15_000]);
    expect(after).toEqual([A]);
    expect(runner.state().places.size).toBe(0);
  });

  test('takes a run that throws for a failed one', async () => {
    let runs = 0;
    const { clock, runner } = aRunner(async () => {
      if (runs++ === 0) throw new Error('a bug');
      return { next: 'rest' };
    });

    runner.handle({ kind: 'work', group: A });
    await clock.advance(5_000);

    expect(runs).toBe(2);
  });

  test('stops when its runs have ended, starts nothing more, and forgets retries', async () => {
    let finish: (verdict: RunVerdict) => void = () => undefined;
    let runs = 0;
    const { clock, runner } = aRunner(() => {
      runs++;
      return new Promise((resolve) => {
        finish = resolve;
      });
    });
    runner.handle({ kind: 'work', group: A });
    let isStopped = false;
    const stopped = runner.stop().then(() => {
      isStopped = true;
    });
    await clock.advance(1_000);
    expect(isStopped).toBe(false);

    finish({ next: 'retry', failures: 1 });
    await stopped;
    runner.handle({ kind: 'work', group: 'b' });
    await clock.advance(60_000);

    expect(runs).toBe(1);
    expect(clock.sleepers()).toBe(0);
  });
});
