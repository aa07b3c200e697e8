import type { LiveAgents } from '../agents/live-agents.ts';
import type { Group } from '../groups/group.ts';
import type { GroupStore } from '../groups/group-store.ts';
import { type Clock, startLoop } from '../kernel/clock.ts';
import { describeError } from '../kernel/errors.ts';
import { failpoint } from '../kernel/failpoints.ts';
import { newId } from '../kernel/ids.ts';
import type { Log } from '../kernel/log.ts';
import type { ChatJid } from '../messages/message.ts';
import type { MessageStore } from '../messages/message-store.ts';
import type { TurnStore } from '../messages/turn-store.ts';
import type { QueueEvent } from '../queue/queue.ts';
import type { FindPendingWork } from './pending-work.ts';
import type { Spending } from './spending.ts';
import type { TurnTimings } from './turn-timings.ts';

/** The safety net: how often the database is looked at when no signal has come, in milliseconds. */
export const MESSAGE_POLL_MS = 10_000;

export interface MessageLoopDeps {
  readonly messages: MessageStore;
  readonly groups: GroupStore;
  readonly turns: TurnStore;
  readonly liveAgents: LiveAgents;
  readonly findPendingWork: FindPendingWork;
  readonly spending: Spending;
  readonly timings: Pick<TurnTimings, 'opened' | 'started'>;
  readonly queue: (event: QueueEvent) => void;
  readonly onFollowUp: (chatJid: ChatJid) => void;
  readonly clock: Clock;
  readonly log: Log;
}

export interface MessageLoop {
  /** Something was stored. */
  wake(): void;
  /** Looks at one chat again, whatever has been seen before: after a run, after a registration. */
  reconsider(chatJid: ChatJid): void;
  readonly stopped: Promise<void>;
}

/**
 * Turns unhandled messages into work: a follow-up for the live sandbox of the group, or a place in the queue. What
 * has been looked at is remembered only to look at less; the truth is `handled_seq` in the database.
 */
export function startMessageLoop(deps: MessageLoopDeps, signal: AbortSignal): MessageLoop {
  let seenSeq = deps.messages.newestSeq();
  const overdue = new Set(deps.groups.list().map(({ jid }) => jid));

  const logFailure = (error: unknown): void => deps.log.error('messages.failed', { error: describeError(error) });
  const loop = startLoop({
    clock: deps.clock,
    everyMs: MESSAGE_POLL_MS,
    signal,
    onError: logFailure,
    body() {
      for (const { jid, newest } of deps.messages.chatsWithNewsSince(seenSeq)) {
        overdue.add(jid);
        seenSeq = Math.max(seenSeq, newest);
      }
      // A chat that could not be looked at (a full disk, say) stays in the set, and keeps no other chat waiting.
      for (const jid of overdue) {
        try {
          const group = deps.groups.find(jid);
          if (group) considerGroup(deps, group);
          overdue.delete(jid);
        } catch (error) {
          logFailure(error);
        }
      }
    },
  });
  return {
    wake: loop.wake,
    reconsider(chatJid) {
      overdue.add(chatJid);
      loop.wake();
    },
    stopped: loop.stopped,
  };
}

function considerGroup(deps: MessageLoopDeps, group: Group): void {
  const live = deps.liveAgents.find(group.jid);
  const work = deps.findPendingWork(group, Math.max(live?.takenSeq ?? 0, group.handledSeq));
  if (work === undefined) return;
  if (
    live &&
    live.phase !== 'closing' &&
    live.taskRun === undefined &&
    !deps.spending.isOver(deps.groups.ownerOf(group))
  ) {
    const { prompt, ...range } = work;
    const turn = {
      id: newId('turn'),
      chatJid: group.jid,
      groupFolder: group.folder,
      runId: live.runId,
      ...range,
    };
    deps.turns.open(turn, deps.clock.now());
    deps.timings.opened(turn, false);
    if (deps.liveAgents.give(group.jid, turn, prompt)) {
      deps.timings.started(live.runId);
      failpoint('follow-up-written');
      deps.log.debug('turn.piped', { group: group.folder, turn: turn.id, run: live.runId });
      deps.queue({ kind: 'busy', group: group.jid });
      deps.onFollowUp(group.jid);
      return;
    }
    deps.turns.finish(turn.id, { state: 'failed', errorKind: 'host-stopped' }, deps.clock.now());
  }
  deps.queue({ kind: 'work', group: group.jid });
}
