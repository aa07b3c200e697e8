import type { Clock } from '../kernel/clock.ts';
import { describeError } from '../kernel/errors.ts';
import type { ChatJid } from '../messages/message.ts';
import { createPartSender, type SendDeps } from './send-part.ts';

export interface Deliverer {
  /** Something may be pending for this chat. */
  wake(chatJid: ChatJid): void;
  /** Resolves when nothing that can be sent now is left for the chat. */
  settled(chatJid: ChatJid): Promise<void>;
  /** True when nobody sends to this chat and nobody waits to. */
  isIdle(chatJid: ChatJid): boolean;
  /** Begins with what an earlier process left pending. */
  resume(): void;
  /** Resolves when nothing that can be sent now is left for any chat. */
  flush(): Promise<void>;
  /** Waits for sends in flight, then sends nothing more. */
  stop(): Promise<void>;
}

/** How long a chat waits when it is the host that failed (a full disk, say), in milliseconds. */
const HOST_FAILURE_PAUSE_MS = 10_000;

/** Sends pending texts: in order within a chat, each chat by itself, so that one that fails delays no other. */
export function createDeliverer(deps: SendDeps & { readonly clock: Clock }): Deliverer {
  const deliverPart = createPartSender(deps);
  const working = new Map<ChatJid, Promise<void>>();
  const wanted = new Set<ChatJid>();
  const resting = new Set<ChatJid>();
  const stopping = new AbortController();

  /** Sends until nothing is left that can be sent now; gives the milliseconds after which that may be different. */
  async function work(chatJid: ChatJid): Promise<number | undefined> {
    while (!stopping.signal.aborted) {
      wanted.delete(chatJid);
      const row = deps.outbox.nextUnsent(chatJid);
      if (row === undefined) return undefined;
      const waitMs = row.nextAttemptAt - deps.clock.now();
      if (waitMs > 0) return waitMs;
      await deliverPart(row);
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
    isIdle: (chatJid) => !working.has(chatJid) && !resting.has(chatJid),
    resume() {
      for (const chatJid of deps.outbox.chatsWithUnsent()) wake(chatJid);
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
