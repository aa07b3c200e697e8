import type { Clock } from './clock.ts';

/** A time limit that moves: it expires when nothing has pushed it for its whole length. */
export interface Deadline {
  /** Starts the full length again. */
  push(): void;
  cancel(): void;
}

export function startDeadline(clock: Clock, ms: number, onExpired: () => void): Deadline {
  let current = new AbortController();
  const arm = (): void => {
    const mine = new AbortController();
    current = mine;
    void clock.sleep(ms, mine.signal).then(() => {
      if (!mine.signal.aborted) onExpired();
    });
  };
  arm();
  return {
    push() {
      current.abort();
      arm();
    },
    cancel: () => current.abort(),
  };
}
