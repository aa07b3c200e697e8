import type { TurnUsage } from '@nanoclaw/protocol';
import type { Group } from '../groups/group.ts';
import type { GroupStore } from '../groups/group-store.ts';
import type { ChatJid } from '../messages/message.ts';
import type { OutboxStore } from '../messages/outbox-store.ts';
import type { UsageStore } from '../usage/usage-store.ts';

/** Parts of a daily budget at which main is warned; at the whole of it nothing new begins. */
export const WARN_AT = [0.5, 0.8] as const;

export interface SpendingDeps {
  readonly groups: GroupStore;
  readonly usage: UsageStore;
  readonly outbox: OutboxStore;
  /** What all chats together may spend in a day, in US dollars; undefined for no limit. */
  readonly budgetUsd: number | undefined;
  readonly isFree: boolean;
  /** Whose midnight begins a day. */
  readonly timezone: string;
  readonly onOutgoing: (chatJid: ChatJid) => void;
  readonly now: () => number;
}

export interface Spending {
  /** Records what a result has cost, and warns main when that crosses a mark; meant for the result's transaction. */
  add(group: Group, usage: TurnUsage & { turnId: string }): void;
  /** Whether the group, or everybody, has spent what may be spent today. */
  isOver(group: Group): boolean;
}

/** What is spent, and whether that is enough for today. */
export function createSpending(deps: SpendingDeps): Spending {
  const { usage, budgetUsd, now } = deps;

  function warn(what: string, spent: { before: number; after: number }, budget: number | undefined | null): void {
    const crossed = [...WARN_AT, 1].findLast((part) => {
      const mark = part * (budget ?? Number.POSITIVE_INFINITY);
      return spent.before < mark && spent.after >= mark;
    });
    const main = deps.groups.main();
    if (crossed === undefined || main === undefined) return;
    const text = `${what} spent ${Math.round(crossed * 100)} % of what may be spent today ($${budget}).`;
    deps.outbox.add({ chatJid: main.jid, text, origin: 'notice', now: now() });
    deps.onOutgoing(main.jid);
  }

  return {
    add(group, entry) {
      const costUsd = deps.isFree ? 0 : entry.costUsd;
      const since = startOfDay(now(), deps.timezone);
      const own = usage.costSince(since, group.folder);
      const all = usage.costSince(since);
      usage.add({ ...entry, costUsd, groupFolder: group.folder, now: now() });
      warn(`The chat ${group.name} has`, { before: own, after: own + costUsd }, group.dailyBudgetUsd);
      warn('All chats together have', { before: all, after: all + costUsd }, budgetUsd);
    },
    isOver(group) {
      if (deps.isFree || (group.dailyBudgetUsd === null && budgetUsd === undefined)) return false;
      const since = startOfDay(now(), deps.timezone);
      const isOwnSpent = group.dailyBudgetUsd !== null && usage.costSince(since, group.folder) >= group.dailyBudgetUsd;
      return isOwnSpent || (budgetUsd !== undefined && usage.costSince(since) >= budgetUsd);
    },
  };
}

/** The last midnight of the zone, to the second; on days when a clock is moved it may be an hour off. */
export function startOfDay(now: number, timezone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', { timeZone: timezone, timeStyle: 'medium', hourCycle: 'h23' });
  const [hours = 0, minutes = 0, seconds = 0] = parts.format(now).split(':').map(Number);
  return now - (now % 1_000) - ((hours * 60 + minutes) * 60 + seconds) * 1_000;
}
