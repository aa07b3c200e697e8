import type { Channel, SendOutcome } from '../channels/channel.ts';
import { retryDelayMs } from '../kernel/backoff.ts';
import type { Clock } from '../kernel/clock.ts';
import { describeError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import type { ChatJid, StoredMessage } from '../messages/message.ts';
import type { MessageStore } from '../messages/message-store.ts';
import type { OutboxRow, OutboxStore } from '../messages/outbox-store.ts';
import type { Database } from '../store/open-store.ts';

/** Attempts before a text is given up and counted as failed. */
export const MAX_SEND_ATTEMPTS = 8;

export interface Deliverer {
  /** Something may be pending for this chat. */
  wake(chatJid: ChatJid): void;
  /** Resolves when nothing that can be sent now is left for the chat. */
  settled(chatJid: ChatJid): Promise<void>;
  /** Begins with what an earlier process left pending. */
  resume(): void;
  /** Resolves when nothing that can be sent now is left for any chat. */
  flush(): Promise<void>;
  /** Waits for sends in flight, then sends nothing more. */
  stop(): Promise<void>;
}

export interface DelivererDeps {
  readonly database: Database;
  readonly outbox: OutboxStore;
  readonly messages: MessageStore;
  readonly channelOf: (chatJid: ChatJid) => Channel | undefined;
  readonly assistantName: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onStored: (message: StoredMessage) => void;
  readonly log: Log;
}

/** How long a chat waits when it is the host that failed (a full disk, say), in milliseconds. */
const HOST_FAILURE_PAUSE_MS = 10_000;

/** Sends pending texts: in order within a chat, each chat by itself, so that one that fails delays no other. */
export function createDeliverer(deps: DelivererDeps): Deliverer {
  const working = new Map<ChatJid, Promise<void>>();
  const wanted = new Set<ChatJid>();
  const resting = new Set<ChatJid>();
  const stopping = new AbortController();

  /** Sends until nothing is left that can be sent now; gives the milliseconds after which that may be different. */
  async function work(chatJid: ChatJid): Promise<number | undefined> {
    while (!stopping.signal.aborted) {
      wanted.delete(chatJid);
      const row = deps.outbox.nextPending(chatJid);
      if (row === undefined) return undefined;
      const waitMs = row.nextAttemptAt - deps.clock.now();
      if (waitMs > 0) return waitMs;
      await deliver(deps, row);
    }
    return undefined;
  }

  async function job(chatJid: ChatJid): Promise<void> {
    let waitMs: number | undefined;
    do {
      waitMs = await work(chatJid).catch((error: unknown) => {
        deps.log.error('deliver.failed', { chat: chatJid, error: describeError(error) });
        return HOST_FAILURE_PAUSE_MS;
      });
    } while (waitMs === undefined && wanted.has(chatJid) && !stopping.signal.aborted);
    working.delete(chatJid);
    if (waitMs !== undefined) void rest(chatJid, waitMs);
  }

  async function rest(chatJid: ChatJid, ms: number): Promise<void> {
    resting.add(chatJid);
    await deps.clock.sleep(ms, stopping.signal);
    resting.delete(chatJid);
    wake(chatJid);
  }

  function wake(chatJid: ChatJid): void {
    wanted.add(chatJid);
    // A chat that rests has a text at its head that may not be sent yet; what came after it waits behind it.
    if (working.has(chatJid) || resting.has(chatJid) || stopping.signal.aborted) return;
    working.set(
      chatJid,
      Promise.resolve().then(() => job(chatJid)),
    );
  }

  return {
    wake,
    settled: (chatJid) => working.get(chatJid) ?? Promise.resolve(),
    resume() {
      for (const chatJid of deps.outbox.chatsWithPending()) wake(chatJid);
    },
    async flush() {
      await Promise.all(working.values());
    },
    async stop() {
      stopping.abort();
      await Promise.all(working.values());
    },
  };
}

async function deliver(deps: DelivererDeps, row: OutboxRow): Promise<void> {
  const channel = deps.channelOf(row.chatJid);
  const outcome: SendOutcome = channel
    ? await channel.send({ outboxId: row.id, chatJid: row.chatJid, text: row.text, sender: row.sender })
    : { kind: 'retry', reason: 'no channel of this build owns the chat' };
  const facts = { chat: row.chatJid, outbox: row.id, channel: channel?.name };
  if (outcome.kind === 'sent') {
    const stored = markSent(deps, row, outcome.platformId);
    deps.log.debug('message.sent', facts);
    if (stored) deps.onStored(stored);
  } else if (outcome.kind === 'refused' || row.attempts + 1 >= MAX_SEND_ATTEMPTS) {
    deps.outbox.markFailed(row.id, outcome.reason);
    deps.log.error('message.not-sent', { ...facts, attempts: row.attempts + 1, reason: outcome.reason });
  } else {
    const delayMs = outcome.afterMs ?? retryDelayMs(row.attempts + 1, deps.random());
    deps.outbox.postpone(row.id, outcome.reason, deps.clock.now() + delayMs);
    deps.log.warn('message.postponed', { ...facts, attempts: row.attempts + 1, ms: delayMs, reason: outcome.reason });
  }
}

/** The sent mark and the message in the chat's history are one transaction: both or neither. */
function markSent(deps: DelivererDeps, row: OutboxRow, platformId: string): StoredMessage | undefined {
  const now = deps.clock.now();
  return deps.database.transaction(() => {
    deps.outbox.markSent(row.id, platformId, now);
    const senderName = row.sender ?? deps.assistantName;
    const timestamp = new Date(now).toISOString();
    return deps.messages.insert(
      { id: platformId, chatJid: row.chatJid, sender: 'assistant', senderName, content: row.text, timestamp },
      { isBotMessage: true },
    );
  })();
}
