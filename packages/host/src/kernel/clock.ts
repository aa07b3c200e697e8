import { setMaxListeners } from 'node:events';

/** Milliseconds since the Unix epoch. */
export type Instant = number;

/** Longest single timer of Node: beyond it setTimeout fires at once. Longer waits are made of several. */
const MAX_TIMER_MS = 2_000_000_000;

/** Time as a dependency. The real one below; tests move a manual one. */
export interface Clock {
  now(): Instant;
  /** Resolves after `ms`, or at once when the signal aborts; it never rejects, callers look at the signal. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    let left = ms;
    while (left > 0 && !signal?.aborted) {
      const part = Math.min(left, MAX_TIMER_MS);
      await timer(part, signal);
      left -= part;
    }
  },
};

function timer(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(handle);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const handle = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
  });
}

/** Without a reason each wake-up would make an error with its stack, for nobody. */
const WOKEN = 'woken';

/**
 * Runs `body` now, after every wake-up, and at least every `everyMs` (asked anew after each call when it is a function),
 * one call at a time, until the signal aborts.
 * Wake-ups that arrive during a call lead to one more call: a lost event costs delay, never work. A body that throws is
 * reported to `onError` and called again at the next wake-up or after `everyMs`; `stopped` never rejects.
 */
export function startLoop(options: {
  clock: Clock;
  everyMs: number | (() => number);
  signal: AbortSignal;
  body: () => Promise<void> | void;
  onError: (error: unknown) => void;
}): { wake: () => void; stopped: Promise<void> } {
  const { clock, everyMs, signal, body, onError } = options;
  let isWoken = false;
  let nap = new AbortController();
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      isWoken = false;
      try {
        await body();
      } catch (error) {
        onError(error);
      }
      if (isWoken || signal.aborted) continue;
      nap = new AbortController();
      await clock.sleep(typeof everyMs === 'number' ? everyMs : everyMs(), nap.signal);
    }
  };
  setMaxListeners(0, signal);
  signal.addEventListener('abort', () => nap.abort(WOKEN), { once: true });
  const wake = (): void => {
    isWoken = true;
    if (!nap.signal.aborted) nap.abort(WOKEN);
  };
  return { wake, stopped: run() };
}
