import {
  DefaultWebSocketManagerOptions,
  type SessionInfo,
  WebSocketShard,
  WebSocketShardEvents,
  WebSocketShardStatus,
} from '@discordjs/ws';
import { GatewayIntentBits } from 'discord.js';
import { cappedRetryDelayMs } from '../../kernel/backoff.ts';
import type { Clock } from '../../kernel/clock.ts';
import { type Deadline, startDeadline } from '../../kernel/deadline.ts';
import type { Log } from '../../kernel/log.ts';
import type { ChannelCondition } from '../channel.ts';
import type { DiscordClient } from './client.ts';
import { describeDiscordError, GatewayClosed, isClosedForGood } from './outcome.ts';
import { DiscordPacket } from './wire.ts';

/** Longest pause between two attempts to reach Discord, in milliseconds: well below its limit of 1,000 a day. */
const MAX_RECONNECT_MS = 5 * 60_000;

/** How long the library may try by itself before it is given up, in milliseconds: it tries twice a second. */
const MAX_ABSENCE_MS = 30_000;

/** Shortest time between two sessions that are begun, in milliseconds (Gateway, "Identifying"). */
const IDENTIFY_MS = 5_000;

/** How long a connection may take to open, in milliseconds; how often it is looked at when it is to end. */
const HANDSHAKE_MS = 10_000;
const ENDING_STEP_MS = 50;

const INTENTS =
  GatewayIntentBits.Guilds |
  GatewayIntentBits.GuildMessages |
  GatewayIntentBits.DirectMessages |
  GatewayIntentBits.MessageContent;

export interface GatewayDeps {
  readonly token: string;
  readonly client: Pick<DiscordClient, 'gatewayInformation'>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly onCondition: (condition: ChannelCondition) => void;
  /** What the gateway tells, in order. After a short absence it goes on where it was; a new session begins with READY. */
  readonly take: (packet: { readonly t: string; readonly d: unknown }) => void;
}

/** Keeps a session open until the signal aborts. Never rejects. */
export async function keepSession(deps: GatewayDeps): Promise<void> {
  let failures = 0;
  while (!deps.signal.aborted) {
    try {
      await holdSession(deps, () => {
        failures = 0;
        deps.onCondition({ phase: 'connected' });
      });
    } catch (error) {
      if (deps.signal.aborted) return;
      failures++;
      const reason = describeDiscordError(error);
      deps.onCondition({ phase: 'down', reason });
      const ms = cappedRetryDelayMs(failures, deps.random(), MAX_RECONNECT_MS);
      deps.log.warn('channel.down', { channel: 'discord', failures, ms, reason });
      await deps.clock.sleep(ms, deps.signal);
    }
  }
}

/** Opens a session and resolves when it is to end; rejects when it is over. */
async function holdSession(deps: GatewayDeps, onConnected: () => void): Promise<void> {
  const gatewayInformation = await deps.client.gatewayInformation();
  if (deps.signal.aborted) return;
  const { shard, end } = createShard(deps, gatewayInformation);
  let absence: Deadline | undefined;
  let stop = (): void => undefined;
  const over = new Promise<void>((resolve, reject) => {
    absence = startDeadline(deps.clock, MAX_ABSENCE_MS, () => reject(new Error('no session')));
    stop = resolve;
    deps.signal.addEventListener('abort', stop, { once: true });
    shard.on(WebSocketShardEvents.Dispatch, ({ data }) => {
      const packet = DiscordPacket.safeParse(data).data;
      if (typeof packet?.t !== 'string') return;
      if (packet.t === 'READY' || packet.t === 'RESUMED') {
        absence?.cancel();
        onConnected();
      }
      deps.take({ t: packet.t, d: packet.d });
    });
    shard.on(WebSocketShardEvents.Closed, ({ code }) => {
      if (isClosedForGood(code)) reject(new GatewayClosed(code));
      deps.onCondition({ phase: 'connecting' });
      absence?.push();
    });
    shard.on(WebSocketShardEvents.Error, () => undefined);
    shard.connect().catch(reject);
  });
  try {
    await over;
  } finally {
    absence?.cancel();
    deps.signal.removeEventListener('abort', stop);
    shard.removeAllListeners(WebSocketShardEvents.Dispatch);
    shard.removeAllListeners(WebSocketShardEvents.Closed);
    await end();
  }
}

type GatewayInformation = Awaited<ReturnType<DiscordClient['gatewayInformation']>>;

/** A connection that resumes by itself, and the way to end it for good. */
function createShard({ token, clock, signal }: GatewayDeps, gatewayInformation: GatewayInformation) {
  let session: SessionInfo | null = null;
  let identifiedAt = Number.NEGATIVE_INFINITY;
  let isEnding = false;
  let isOpening = false;
  const { buildIdentifyThrottler, buildStrategy, shardIds, ...defaults } = DefaultWebSocketManagerOptions;
  const shard: WebSocketShard = new WebSocketShard(
    {
      options: {
        ...defaults,
        token,
        intents: INTENTS,
        handshakeTimeout: HANDSHAKE_MS,
        gatewayInformation,
        shardCount: 1,
      } as ConstructorParameters<typeof WebSocketShard>[0]['options'],
      retrieveSessionInfo() {
        if (isInUse()) return session;
        // It is about to open a connection. One that is to end opens none any more: it waits here for ever.
        if (isEnding) return new Promise(() => undefined);
        isOpening = true;
        return session;
      },
      updateSessionInfo(_, now) {
        session = now;
      },
      async waitForIdentify() {
        await clock.sleep(Math.max(0, identifiedAt + IDENTIFY_MS - clock.now()), signal);
        identifiedAt = clock.now();
      },
    },
    0,
  );
  const isInUse = (): boolean => shard.status !== WebSocketShardStatus.Idle;
  const opened = (): void => {
    isOpening = false;
  };
  shard.on(WebSocketShardEvents.Hello, opened);
  shard.on(WebSocketShardEvents.Closed, opened);
  return {
    shard,
    async end(): Promise<void> {
      isEnding = true;
      // A connection that is ended while it opens fails where nobody listens, which ends the process.
      for (let ms = 0; isOpening && ms <= HANDSHAKE_MS; ms += ENDING_STEP_MS) await clock.sleep(ENDING_STEP_MS);
      if (!isInUse()) return;
      // One that waits for its session is ended twice by the library, which then waits for the first end in vain.
      void shard.destroy({ code: 1_000 });
      for (let ms = 0; isInUse() && ms <= HANDSHAKE_MS; ms += ENDING_STEP_MS) await clock.sleep(ENDING_STEP_MS);
    },
  };
}
