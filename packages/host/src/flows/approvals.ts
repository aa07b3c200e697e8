import { type Approval, choicesOf, type Decision } from '../access/approval.ts';
import type { ApprovalStore, ApprovalSubject, Settlement } from '../access/approval-store.ts';
import type { GroupStore } from '../groups/group-store.ts';
import type { Clock } from '../kernel/clock.ts';
import { NanoError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import type { ChatJid } from '../messages/message.ts';
import type { OutboxStore } from '../messages/outbox-store.ts';
import type { Database } from '../store/open-store.ts';
import type { Recorder } from '../store/record-files.ts';

/** How long something that is allowed once may be used, in milliseconds. */
export const USE_WITHIN_MS = 15 * 60_000;

/** A question that cannot be sent is kept for so long, in milliseconds; its time only runs when it was sent. */
export const MAX_UNSENT_MS = 7 * 86_400_000;

/** What carries out what was allowed; says what came of it in a sentence for the owner. */
export type CarryOut = (approval: Approval) => string;

export interface ApprovalDeps {
  readonly database: Database;
  readonly approvals: ApprovalStore;
  readonly groups: GroupStore;
  readonly outbox: OutboxStore;
  readonly record: Recorder;
  /** How long the owner has to answer, in milliseconds; 0 for never asking. */
  readonly timeoutMs: number;
  readonly onOutgoing: (chatJid: ChatJid) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** The approvals of a host and who waits for them now. */
export interface Approvals extends ApprovalDeps {
  /** Told of an approval that has come to its end, by its number. */
  readonly waiters: Map<number, Set<() => void>>;
  readonly carriers: Map<Approval['kind'], CarryOut>;
}

export function createApprovals(deps: ApprovalDeps): Approvals {
  return { ...deps, waiters: new Map(), carriers: new Map() };
}

/** The owner's word on a question. Throws 'not-found', or 'approval-refused' for one that does not wait any more. */
export function decideApproval(approvals: Approvals, id: number, { decision, by }: { decision: Decision; by: string }) {
  expireDue(approvals);
  const { approvals: store, clock } = approvals;
  const found = findApproval(approvals, id);
  if (!choicesOf(found.kind).includes(decision)) {
    throw new NanoError('approval-refused', `approval ${id} takes ${choicesOf(found.kind).join(' or ')}`);
  }
  const now = clock.now();
  const isAllowed = decision !== 'no';
  const use = isAllowed ? { usableUntil: now + USE_WITHIN_MS } : {};
  const settlement = { isAlways: decision === 'always', by: by.slice(0, MAX_BY_CHARS), now, ...use };
  if (found.state !== 'waiting' || !store.settle(id, { state: isAllowed ? 'allowed' : 'refused', ...settlement })) {
    throw new NanoError('approval-refused', `approval ${id} does not wait any more: ${outcomeOf(found)}`);
  }
  const carry = approvals.carriers.get(found.kind);
  const outcome = isAllowed && carry !== undefined ? carried(approvals, found, carry) : '';
  const words = decision === 'always' ? 'allowed from now on' : isAllowed ? 'allowed once' : 'refused';
  end(approvals, found, { what: words, by: settlement.by }, `Approval ${id} is ${words}. ${outcome}`.trim());
  return findApproval(approvals, id);
}

/** Longest name of who has decided that is kept. */
const MAX_BY_CHARS = 256;

/** What was allowed is done at once; it then is used. */
function carried(approvals: Approvals, approval: Approval, carry: CarryOut): string {
  approvals.approvals.use(approval.id, 'the host');
  return carry(approval);
}

/** What waits, what is allowed from now on, and the newest of what is over. */
export function listApprovals(approvals: Approvals): Record<'waiting' | 'always' | 'past', readonly Approval[]> {
  expireDue(approvals);
  const { approvals: store } = approvals;
  return { waiting: store.waiting(), always: store.lasting(), past: store.past() };
}

function findApproval({ approvals }: Pick<ApprovalDeps, 'approvals'>, id: number): Approval {
  const found = approvals.find(id);
  if (found === undefined) throw new NanoError('not-found', `there is no approval ${id}: see nanoclaw approvals list`);
  return found;
}

export function outcomeOf({ state, isAlways }: Pick<Approval, 'state' | 'isAlways'>): string {
  const words = {
    waiting: 'it waits',
    refused: 'it was refused',
    expired: 'nobody answered in time',
    withdrawn: 'it is over',
  };
  return state === 'allowed' ? `it was allowed ${isAlways ? 'from then on' : 'once'}` : words[state];
}

/** Ends what was allowed for good. Throws 'not-found' and 'approval-refused'. */
export function forgetApproval(approvals: Approvals, id: number, by: string): Approval {
  const found = findApproval(approvals, id);
  if (!approvals.approvals.withdraw(id)) {
    throw new NanoError(
      'approval-refused',
      `approval ${id} is nothing that is allowed from now on: ${outcomeOf(found)}`,
    );
  }
  recordApproval(approvals, found, { what: 'forgotten', by });
  return findApproval(approvals, id);
}

/** Refuses what nobody has answered in time, tells who waits, and sees to questions that could not be sent yet. */
export function expireDue(approvals: Approvals): void {
  const { approvals: store, groups, timeoutMs, clock } = approvals;
  const now = clock.now();
  store.extendUnsent(now + timeoutMs, now - MAX_UNSENT_MS);
  const settle = (approval: Approval, to: Pick<Settlement, 'state' | 'by'>, words: string): void => {
    if (!store.settle(approval.id, { ...to, isAlways: false, now })) return;
    end(approvals, approval, { what: to.state, by: to.by }, `Approval ${approval.id} is refused: ${words}.`);
  };
  for (const approval of store.due(now)) {
    settle(approval, { state: 'expired', by: 'the time' }, 'nobody has answered in time');
  }
  if (groups.main() === undefined) {
    const to = { state: 'refused', by: 'the end of main' } as const;
    for (const approval of store.waiting()) settle(approval, to, 'there is no main chat');
  }
  for (const approval of store.ended()) {
    store.stamp(approval.id, now);
    end(
      approvals,
      approval,
      { what: 'refused', by: approval.decidedBy ?? '' },
      `Approval ${approval.id} is refused: its chat is not registered any more.`,
    );
  }
}

/** Records the end of a question, tells main and everybody who waits for it. */
function end(approvals: Approvals, approval: Approval, detail: { what: string; by: string }, text: string): void {
  const { groups, outbox, clock, log } = approvals;
  log.info('approval.ended', { group: approval.groupFolder, approval: approval.id, ...detail });
  recordApproval(approvals, approval, detail);
  const main = groups.main();
  if (main !== undefined) {
    outbox.add({ chatJid: main.jid, text, origin: 'notice', now: clock.now() });
    approvals.onOutgoing(main.jid);
  }
  for (const wake of approvals.waiters.get(approval.id) ?? []) wake();
}

export function recordApproval(
  { record, clock }: Approvals,
  { id, groupFolder: group, kind, subject }: ApprovalSubject & { id: number },
  detail: Record<string, unknown>,
): void {
  record.add({ kind: 'approval', group, detail: { id, kind, subject, ...detail }, now: clock.now() });
}
