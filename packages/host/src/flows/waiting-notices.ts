import type { Group } from '../groups/group.ts';
import type { GroupStore } from '../groups/group-store.ts';
import { type Clock, startLoop } from '../kernel/clock.ts';
import { describeError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import type { ChatJid, Seq } from '../messages/message.ts';
import type { MessageStore } from '../messages/message-store.ts';
import type { OutboxStore } from '../messages/outbox-store.ts';
import type { Place, QueueState } from '../queue/queue.ts';
import type { Database } from '../store/open-store.ts';
import type { FindPendingWork } from './pending-work.ts';
import type { WakeRule } from './sender-gate.ts';

/** How often it is looked who waits, in milliseconds. */
export const WAITING_LOOK_MS = 15_000;

/** Who was left waiting for longer than this when the host starts is told that it is back, in milliseconds. */
export const LEFT_WAITING_MS = 10 * 60_000;

/** For how long after the start, in milliseconds: channels hand over what came meanwhile in its first moments. */
export const BACK_WINDOW_MS = 60_000;

export interface WaitingNoticesDeps {
  readonly database: Database;
  readonly groups: GroupStore;
  readonly messages: MessageStore;
  readonly outbox: OutboxStore;
  readonly queue: () => QueueState;
  readonly findPendingWork: FindPendingWork;
  readonly wakeRule: WakeRule;
  readonly onOutgoing: (chatJid: ChatJid) => void;
  /** How long a chat waits for an answer before it is told that there is one to come, in milliseconds; 0 for never. */
  readonly stillWorkingMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

const SENTENCES: Readonly<Record<'back' | Exclude<Place['phase'], 'parked'>, string>> = {
  back: 'I am back, and answer now what has waited.',
  running: 'I am still working on it.',
  closing: 'I am still working on it.',
  waiting: 'I have not begun yet: other chats keep me busy. I will.',
  backoff: 'Something does not work here at the moment. I keep trying.',
};

/**
 * Tells chats that wait for an answer, once for each answer: that the host is back when they were left waiting, or after
 * a while that it still works. Since when a chat waits is known since the start of this host only.
 */
export function startWaitingNotices(deps: WaitingNoticesDeps, signal: AbortSignal): { stopped: Promise<void> } {
  const { clock, log } = deps;
  const startedAt = clock.now();
  let waiting = new Map<ChatJid, { handledSeq: Seq; sinceMs: number }>();
  return startLoop({
    clock,
    everyMs: WAITING_LOOK_MS,
    signal,
    onError: (error) => log.error('notices.failed', { error: describeError(error) }),
    body() {
      const now = clock.now();
      const found: typeof waiting = new Map();
      for (const { group, phase } of waitingGroups(deps)) {
        const before = waiting.get(group.jid);
        const since = before?.handledSeq === group.handledSeq ? before : { handledSeq: group.handledSeq, sinceMs: now };
        found.set(group.jid, since);
        const isBack = now - startedAt <= BACK_WINDOW_MS && hasWaitedSince(deps, group, startedAt - LEFT_WAITING_MS);
        const isLong = deps.stillWorkingMs > 0 && now - since.sinceMs >= deps.stillWorkingMs;
        if (isBack || isLong) tellOnce(deps, group, isBack ? 'back' : phase);
      }
      waiting = found;
    },
  });
}

/** Groups with something to answer that the queue knows of; the others are the watchdog's. */
function waitingGroups({ groups, queue, findPendingWork }: WaitingNoticesDeps) {
  return [...queue().places].flatMap(([jid, { phase }]) => {
    const group = phase === 'parked' ? undefined : groups.find(jid);
    // A teammate's chat has nobody who waits: its lead goes on with other things.
    if (group === undefined || phase === 'parked' || group.team !== null) return [];
    return findPendingWork.isPending(group, group.handledSeq) ? [{ group, phase }] : [];
  });
}

/** By the platform's time, which alone tells when a message that came while no host ran was written. */
function hasWaitedSince({ messages, wakeRule }: WaitingNoticesDeps, group: Group, momentMs: number): boolean {
  const isMeant = wakeRule.testFor(group);
  return messages.someUnhandled(
    group.jid,
    group.handledSeq,
    (message) => isMeant(message) && Date.parse(message.timestamp) <= momentMs,
  );
}

function tellOnce(deps: WaitingNoticesDeps, group: Group, what: keyof typeof SENTENCES): void {
  const isTold = deps.database.transaction(() => {
    if (!deps.groups.markTold(group.jid, group.handledSeq)) return false;
    deps.outbox.add({ chatJid: group.jid, text: SENTENCES[what], origin: 'notice', now: deps.clock.now() });
    return true;
  })();
  if (!isTold) return;
  deps.log.info('chat.told-to-wait', { group: group.folder, what });
  deps.onOutgoing(group.jid);
}
