import type { Clock, Instant } from '@nanoclaw/host/kernel/clock.js';

/** A clock that stands still until it is moved. */
export interface ManualClock extends Clock {
  /**
   * Moves time on by `ms`, stopping at every sleep that becomes due, in order, and letting what it wakes run before the
   * next. Resolves when everything that could run has run.
   */
  advance(ms: number): Promise<void>;
  /** Somebody sets the time back by `ms`; what sleeps still sleeps as long as it would have. */
  setBack(ms: number): void;
  /** How many sleeps wait. */
  sleepers(): number;
}

interface Sleeper {
  dueAt: Instant;
  wake(): void;
}

/** Milliseconds since the epoch at which it begins. */
export function createManualClock(startMs = Date.UTC(2026, 0, 1)): ManualClock {
  let now = startMs;
  const sleepers = new Set<Sleeper>();

  /** Sets keep the order of insertion, so sleeps due at the same moment wake in the order in which they began. */
  function nextDue(until: Instant): Sleeper | undefined {
    const due = [...sleepers].filter(({ dueAt }) => dueAt <= until);
    return due.sort((a, b) => a.dueAt - b.dueAt)[0];
  }

  return {
    now: () => now,
    sleep(ms, signal) {
      if (!(ms > 0) || signal?.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const wake = (): void => {
          sleepers.delete(sleeper);
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        const sleeper = { dueAt: now + ms, wake };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', wake, { once: true });
      });
    },
    async advance(ms) {
      const until = now + ms;
      await settle();
      for (let next = nextDue(until); next !== undefined; next = nextDue(until)) {
        now = next.dueAt;
        next.wake();
        await settle();
      }
      now = until;
      await settle();
    },
    setBack(ms) {
      now -= ms;
      for (const sleeper of sleepers) sleeper.dueAt -= ms;
    },
    sleepers: () => sleepers.size,
  };
}

/** Lets promises, next ticks and in-memory streams run until they have nothing left to do. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}
