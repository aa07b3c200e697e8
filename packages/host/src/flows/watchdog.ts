import type { LiveAgents } from '../agents/live-agents.ts';
import type { GroupStore } from '../groups/group-store.ts';
import { type Clock, startLoop } from '../kernel/clock.ts';
import { describeError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import type { ChatJid } from '../messages/message.ts';
import type { OutboxStore } from '../messages/outbox-store.ts';
import type { TurnStore } from '../messages/turn-store.ts';
import type { QueueState } from '../queue/queue.ts';
import type { InvariantStore } from '../store/invariant-store.ts';
import type { Deliverer } from './deliver-reply.ts';
import type { FindPendingWork } from './pending-work.ts';

/** How often the watchdog looks, in milliseconds. What it finds twice in a row is a fault, once may be a coincidence. */
export const WATCHDOG_MS = 60_000;

export interface WatchdogDeps {
  readonly groups: GroupStore;
  readonly turns: TurnStore;
  readonly outbox: OutboxStore;
  readonly invariants: InvariantStore;
  readonly liveAgents: LiveAgents;
  readonly queue: () => QueueState;
  readonly findPendingWork: FindPendingWork;
  readonly deliverer: Deliverer;
  readonly reconsider: (chatJid: ChatJid) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** Something that nobody works on although somebody should. */
interface Stray {
  readonly name: 'lost-turn' | 'lost-wake-up' | 'lost-delivery';
  readonly key: string;
  mend(): void;
}

/**
 * Owns the promise that no turn is silent: compares what the database says is to be done with what is being done, mends
 * the difference and counts it. In normal running it finds nothing; after a store that failed it finds what the failure
 * left open.
 */
export function startWatchdog(deps: WatchdogDeps, signal: AbortSignal): { stopped: Promise<void> } {
  let suspects = new Set<string>();
  return startLoop({
    clock: deps.clock,
    everyMs: WATCHDOG_MS,
    signal,
    onError: (error) => deps.log.error('watchdog.failed', { error: describeError(error) }),
    body() {
      const found = [...lostTurns(deps), ...lostWakeUps(deps), ...lostDeliveries(deps)];
      const confirmed = found.filter(({ name, key }) => suspects.has(`${name} ${key}`));
      suspects = new Set(found.filter((stray) => !confirmed.includes(stray)).map(({ name, key }) => `${name} ${key}`));
      for (const stray of confirmed) {
        stray.mend();
        deps.invariants.violated(stray.name, stray.key, deps.clock.now());
        deps.log.error('watchdog.mended', { what: stray.name, which: stray.key });
      }
    },
  });
}

/** Turns that are running in the database and that no sandbox works on. */
function lostTurns(deps: WatchdogDeps): Stray[] {
  const owned = new Set(deps.liveAgents.list().flatMap(({ openTurns }) => openTurns.map(({ turn }) => turn.id)));
  return deps.turns
    .running()
    .filter(({ id }) => !owned.has(id))
    .map(({ id, chatJid }) => ({
      name: 'lost-turn',
      key: id,
      mend() {
        deps.turns.finish(id, { state: 'failed', errorKind: 'lost' }, deps.clock.now());
        deps.reconsider(chatJid);
      },
    }));
}

/** Chats with something to answer that have no place in the queue and no sandbox. */
function lostWakeUps(deps: WatchdogDeps): Stray[] {
  const { places, isShutDown } = deps.queue();
  if (isShutDown) return [];
  return deps.groups
    .list()
    .filter((group) => !places.has(group.jid) && deps.findPendingWork.isPending(group, group.handledSeq))
    .map(({ jid, handledSeq }) => ({
      name: 'lost-wake-up',
      key: `${jid} after ${handledSeq}`,
      mend: () => deps.reconsider(jid),
    }));
}

/** Texts whose time has come and that nobody sends. */
function lostDeliveries(deps: WatchdogDeps): Stray[] {
  const now = deps.clock.now();
  return deps.outbox
    .due(now)
    .filter(({ chatJid }) => deps.deliverer.isIdle(chatJid))
    .map(({ id, chatJid }) => ({
      name: 'lost-delivery',
      key: `${chatJid} text ${id}`,
      mend: () => deps.deliverer.wake(chatJid),
    }));
}
