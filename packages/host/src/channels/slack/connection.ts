import { SocketModeClient } from '@slack/socket-mode';
import { cappedRetryDelayMs } from '../../kernel/backoff.ts';
import type { Clock } from '../../kernel/clock.ts';
import { startDeadline } from '../../kernel/deadline.ts';
import { describeError, NanoError } from '../../kernel/errors.ts';
import type { Log } from '../../kernel/log.ts';
import type { ChannelCondition } from '../channel.ts';
import { clientOptions, SILENT_LOGGER } from './client.ts';
import { describeSlackError } from './outcome.ts';

/** Longest pause between two attempts to reach Slack, in milliseconds. */
const MAX_RECONNECT_MS = 60_000;

/** How long Slack may take to say hello, in milliseconds. */
const MAX_HELLO_MS = 30_000;

/** How long Slack may leave a ping unanswered, in milliseconds. */
const MAX_PONG_MS = 20_000;

/** A connection that ends sooner than this was none, in milliseconds: the next attempt waits. */
const SHORT_LIFE_MS = 5_000;

/** What came over the socket; it comes again, over another connection, until it is acknowledged. */
export interface SlackDelivery {
  readonly type: string;
  readonly body: unknown;
  ack(): Promise<void>;
}

export interface ConnectionDeps {
  readonly appToken: string;
  readonly apiUrl: string | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly onCondition: (condition: ChannelCondition) => void;
  /** Before each connection. */
  readonly prepare: () => Promise<void>;
  /** Slack has said hello; deliveries come after that. */
  readonly onConnected: () => void;
  /** Rejects when it could not be stored: the connection is then given up, so that Slack delivers it again. */
  readonly take: (delivery: SlackDelivery) => Promise<void>;
}

/**
 * Keeps one connection open until the signal aborts. Never rejects. The client's own reconnecting ends for good, with a
 * rejection that nobody can catch, when an attempt fails for long enough; so each connection is a client of its own.
 */
export async function keepConnected(deps: ConnectionDeps): Promise<void> {
  let failures = 0;
  while (!deps.signal.aborted) {
    let since: number | undefined;
    try {
      await deps.prepare();
      if (deps.signal.aborted) return;
      await holdConnection(deps, () => {
        since = deps.clock.now();
        deps.onCondition({ phase: 'connected' });
        deps.onConnected();
      });
      if (since !== undefined && deps.clock.now() - since < SHORT_LIFE_MS) throw new Error('closed at once');
      failures = 0;
      if (!deps.signal.aborted) deps.onCondition({ phase: 'connecting' });
    } catch (error) {
      if (deps.signal.aborted) return;
      // One that held for long enough before it broke is no failure to connect.
      failures = since !== undefined && deps.clock.now() - since >= SHORT_LIFE_MS ? 1 : failures + 1;
      const reason = describeFailure(error);
      deps.onCondition({ phase: 'down', reason });
      const ms = cappedRetryDelayMs(failures, deps.random(), MAX_RECONNECT_MS);
      deps.log.warn('channel.down', { channel: 'slack', failures, ms, reason });
      await deps.clock.sleep(ms, deps.signal);
    }
  }
}

/** Opens a connection and resolves when it has ended; rejects when it never stood, or when something was not stored. */
async function holdConnection(deps: ConnectionDeps, onConnected: () => void): Promise<void> {
  const client = new SocketModeClient({
    appToken: deps.appToken,
    autoReconnectEnabled: false,
    clientPingTimeout: MAX_PONG_MS,
    logger: SILENT_LOGGER,
    clientOptions: clientOptions(deps.apiUrl, deps.signal),
  } as ConstructorParameters<typeof SocketModeClient>[0]);
  let isOver = false;
  let stop = (): void => undefined;
  const ended = new Promise<void>((resolve, reject) => {
    client.on('error', () => undefined);
    client.on('connected', onConnected);
    client.on('connected', () => deadline.cancel());
    client.on('disconnected', () => {
      isOver = true;
      resolve();
    });
    client.on('slack_event', ({ type, body, ack }: SlackDelivery) => {
      deps.take({ type, body, ack }).catch(reject);
    });
    stop = resolve;
    deps.signal.addEventListener('abort', stop, { once: true });
    const deadline = startDeadline(deps.clock, MAX_HELLO_MS, () => reject(new Error('no hello')));
    void client.start().catch((error: unknown) => {
      deadline.cancel();
      reject(error);
    });
  });
  try {
    await ended;
  } finally {
    deps.signal.removeEventListener('abort', stop);
    client.removeAllListeners('slack_event');
    if (!isOver) await client.disconnect();
  }
}

/** A store that fails is the host's own trouble and is told as that. */
function describeFailure(error: unknown): string {
  if (error instanceof NanoError) return error.message;
  const isOurs = error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_');
  return isOurs ? `a message could not be stored: ${describeError(error)}` : describeSlackError(error);
}
