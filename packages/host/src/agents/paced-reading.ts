import type { Readable } from 'node:stream';
import { createAllowance } from '../kernel/allowance.ts';
import type { Clock } from '../kernel/clock.ts';

/** What may be read at once, and a second after that, in bytes: many times what a runner says. */
const MOST_BYTES = 16 * 2 ** 20;
const BYTES_PER_SECOND = 4 * 2 ** 20;

/**
 * Reads a sandbox's stream no faster than an honest one writes: `read` handles a chunk and says what it was worth, in
 * bytes; when too much was read, the writer has to wait. `lift` ends the waiting, for a stream that is about to close.
 */
export function readPaced(
  stream: Readable,
  options: { clock: Clock; read: (chunk: Buffer) => number },
): { lift(): void } {
  const { clock, read } = options;
  const lifted = new AbortController();
  const allowance = createAllowance({ most: MOST_BYTES, perSecond: BYTES_PER_SECOND, now: clock.now });
  stream.on('data', (chunk: Buffer) => {
    allowance.use(read(chunk));
    const waitMs = allowance.waitMs();
    if (waitMs === 0 || lifted.signal.aborted) return;
    stream.pause();
    void clock.sleep(waitMs, lifted.signal).then(() => stream.resume());
  });
  return { lift: () => lifted.abort() };
}
