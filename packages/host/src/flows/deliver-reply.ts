import type { Clock } from '../kernel/clock.ts';
import { describeError } from '../kernel/errors.ts';
import type { ChatJid } from '../messages/message.ts';
import type { OutboxRow } from '../messages/outbox-store.ts';
import { createPartSender, MAX_SEND_PAUSE_MS, type SendDeps } from './send-part.ts';

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
  /** The attempt that each chat has waited for to the end, whatever the clock says now. */
  const awaited = new Map<ChatJid, string>();
  const stopping = new AbortController();

  /** Sends until nothing is left that can be sent now; gives what is to be waited for then, in milliseconds. */
  async function work(chatJid: ChatJid): Promise<{ attempt: string; ms: number } | undefined> {
    while (!stopping.signal.aborted) {
      wanted.delete(chatJid);
      const row = deps.outbox.nextUnsent(chatJid);
      if (row === undefined) return undefined;
      const ms = waitOf(row, deps.clock.now());
      const attempt = attemptOf(row);
      if (ms > 0 && awaited.get(chatJid) !== attempt) return { attempt, ms };
      await deliverPart(row);
    }
    return undefined;
  }

  async function job(chatJid: ChatJid): Promise<void> {
    let wait: { attempt?: string; ms: number } | undefined;
    do {
      wait = await work(chatJid).catch((error: unknown) => {
        deps.log.error('deliver.failed', { chat: chatJid, error: describeError(error) });
        return { ms: HOST_FAILURE_PAUSE_MS };
      });
    } while (wait === undefined && wanted.has(chatJid) && !stopping.signal.aborted);
    working.delete(chatJid);
    if (wait === undefined) awaited.delete(chatJid);
    else void rest(chatJid, wait);
  }

  async function rest(chatJid: ChatJid, wait: { attempt?: string; ms: number }): Promise<void> {
    resting.add(chatJid);
    await deps.clock.sleep(wait.ms, stopping.signal);
    resting.delete(chatJid);
    if (wait.attempt !== undefined) awaited.set(chatJid, wait.attempt);
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

/**
 * How long a text has to wait, in milliseconds. One that was never tried does not wait; one written later than now shows
 * that somebody has set the clock back, and waits no longer than between two attempts.
 */
function waitOf({ attempts, createdAt, nextAttemptAt }: OutboxRow, now: number): number {
  if (attempts === 0) return 0;
  return createdAt > now ? Math.min(nextAttemptAt - now, MAX_SEND_PAUSE_MS) : nextAttemptAt - now;
}

function attemptOf({ id, attempts }: OutboxRow): string {
  return `${id} ${attempts}`;
}
