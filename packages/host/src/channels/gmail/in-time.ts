import type { Clock } from '../../kernel/clock.ts';

/** Nothing was heard for too long. */
export class TooLate extends Error {
  constructor(ms: number) {
    super(`no answer within ${ms / 1_000} seconds`);
    this.name = 'TooLate';
  }
}

/** Waits for `work`, but not longer than `ms`; then `onLate` is called and the wait ends with TooLate. */
export async function inTime<T>(
  work: Promise<T>,
  { ms, clock, onLate }: { ms: number; clock: Clock; onLate: () => void },
): Promise<T> {
  const done = new AbortController();
  const late = clock.sleep(ms, done.signal).then((): never | undefined => {
    if (done.signal.aborted) return undefined;
    onLate();
    throw new TooLate(ms);
  });
  try {
    return (await Promise.race([work, late])) as T;
  } finally {
    done.abort('done');
  }
}
