import { connect, type Socket } from 'node:net';
import type { Clock } from '../../kernel/clock.ts';

/** Connections kept open for the next that is wanted inside. */
const IDLE_LINES = 4;

/** Connections at once, idle ones included; the gateway has a lower limit of its own for requests. */
export const MAX_LINES = 128;

/** Pause before a line is opened again that was not taken, in milliseconds: a sandbox needs a moment to listen. */
const PAUSE_MS = 200;

/** What is known of one sandbox's lines. */
export interface LinesOptions {
  /** The socket that the engine publishes. */
  readonly published: string;
  readonly gateway: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Opens lines into a sandbox until the signal aborts:
 *
 *   idle ──first byte from inside──▶ busy (joined with a connection to the gateway) ──either end closes──▶ gone
 *
 * The sandbox cannot connect to the host, so the host connects and waits. A line that becomes busy, or is closed, is
 * replaced by a new idle one.
 */
export function openLines({ published, gateway, clock, signal }: LinesOptions): void {
  const sockets = new Set<Socket>();
  let idle = 0;

  function fill(): void {
    while (!signal.aborted && idle < IDLE_LINES && sockets.size < MAX_LINES) open();
  }

  function open(): void {
    idle += 1;
    const line = connect({ path: published, allowHalfOpen: true });
    sockets.add(line);
    let isIdle = true;
    line.once('data', (first: Buffer) => {
      line.pause();
      isIdle = false;
      idle -= 1;
      joinTo(gateway, line, first);
      fill();
    });
    // A line that fails is closed after it; that is what counts.
    line.on('error', () => undefined);
    line.once('end', () => isIdle && line.destroy());
    line.once('close', () => {
      sockets.delete(line);
      if (isIdle) idle -= 1;
      if (!isIdle || signal.aborted) return fill();
      void clock.sleep(PAUSE_MS, signal).then(fill);
    });
  }

  signal.addEventListener('abort', () => {
    for (const socket of sockets) socket.destroy();
  });
  fill();
}

/** Each side's end of stream ends the other side's writing; an error on either destroys both. */
function joinTo(gateway: string, line: Socket, first: Buffer): void {
  const upstream = connect({ path: gateway, allowHalfOpen: true });
  upstream.write(first);
  line.pipe(upstream);
  upstream.pipe(line);
  for (const [one, other] of [
    [line, upstream],
    [upstream, line],
  ] as const) {
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroySoon());
  }
}
