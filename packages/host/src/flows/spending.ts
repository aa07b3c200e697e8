import type { TurnUsage } from '@nanoclaw/protocol';
import type { Group } from '../groups/group.ts';
import type { GroupStore } from '../groups/group-store.ts';
import type { ChatJid } from '../messages/message.ts';
import type { OutboxStore } from '../messages/outbox-store.ts';
import type { Database } from '../store/open-store.ts';
import { costOf } from '../usage/prices.ts';
import type { ModelRequest, RequestStore } from '../usage/request-store.ts';
import type { UsageStore } from '../usage/usage-store.ts';

/** Parts of a daily budget at which main is warned; at the whole of it nothing new begins. */
export const WARN_AT = [0.5, 0.8] as const;

export interface SpendingDeps {
  readonly database: Database;
  readonly groups: GroupStore;
  readonly usage: UsageStore;
  readonly requests: RequestStore;
  readonly outbox: OutboxStore;
  /** What all chats together may spend in a day, in US dollars; undefined for no limit. */
  readonly budgetUsd: number | undefined;
  readonly isFree: boolean;
  /** Whose midnight begins a day. */
  readonly timezone: string;
  readonly onOutgoing: (chatJid: ChatJid) => void;
  readonly now: () => number;
}

/** One request to the model service as the gateway has metered it. */
export type MeteredRequest = Omit<ModelRequest, 'costUsd' | 'now'>;

export interface Spending {
  /** Records what the runner says of a result; meant for the result's transaction. Budgets do not count it. */
  add(group: Group, usage: TurnUsage & { turnId: string }): void;
  /** Counts one request to the model service, and warns main when it crosses a mark. */
  count(request: MeteredRequest): void;
  /** Whether the group, or everybody, has spent what may be spent today. */
  isOver(group: Pick<Group, 'folder' | 'dailyBudgetUsd'>): boolean;
}

/** What is spent, and whether that is enough for today. The sandbox has no say in it: the gateway counts. */
export function createSpending(deps: SpendingDeps): Spending {
  const { usage, requests, budgetUsd, isFree, now } = deps;

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
      usage.add({ ...entry, costUsd: isFree ? 0 : entry.costUsd, groupFolder: group.folder, now: now() });
    },
    count(request) {
      const costUsd = isFree ? 0 : costOf(request.model, request);
      const since = startOfDay(now(), deps.timezone);
      const group = deps.groups.ofFolder(request.groupFolder);
      deps.database.transaction(() => {
        const [own, all] = [requests.costSince(since, request.groupFolder), requests.costSince(since)];
        requests.add({ ...request, costUsd, now: now() });
        if (group) warn(`The chat ${group.name} has`, { before: own, after: own + costUsd }, group.dailyBudgetUsd);
        warn('All chats together have', { before: all, after: all + costUsd }, budgetUsd);
      })();
    },
    isOver({ folder, dailyBudgetUsd }) {
      if (isFree || (dailyBudgetUsd === null && budgetUsd === undefined)) return false;
      const since = startOfDay(now(), deps.timezone);
      const isOwnSpent = dailyBudgetUsd !== null && requests.costSince(since, folder) >= dailyBudgetUsd;
      return isOwnSpent || (budgetUsd !== undefined && requests.costSince(since) >= budgetUsd);
    },
  };
}

/** The last midnight of the zone, to the second; on days when a clock is moved it may be an hour off. */
export function startOfDay(now: number, timezone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', { timeZone: timezone, timeStyle: 'medium', hourCycle: 'h23' });
  const [hours = 0, minutes = 0, seconds = 0] = parts.format(now).split(':').map(Number);
  return now - (now % 1_000) - ((hours * 60 + minutes) * 60 + seconds) * 1_000;
}
