import { setTimeout as sleep } from 'node:timers/promises';

const STEP_MS = 15;

/**
 * Waits until `look` gives something and returns it; `undefined` and `false` mean not yet. Throws with `what` when the
 * time (milliseconds, default 60 s) is over.
 */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  timeoutMs = 60_000,
): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`waited ${timeoutMs} ms in vain until ${what}`);
    await sleep(STEP_MS);
  }
}
