import { type Approval, approvalQuestion } from '../access/approval.ts';
import type { ApprovalSubject } from '../access/approval-store.ts';
import { type Approvals, expireDue, recordApproval } from './approvals.ts';

/** Most questions of one group that wait at the same time. */
export const MAX_WAITING_PER_GROUP = 5;

/** Most questions of one group in a day: an agent that asks without end is not to wear its owner out. */
export const MAX_ASKED_PER_DAY = 40;

/** How long a "no" holds before the same may be asked again, in milliseconds. */
export const REFUSAL_HOLDS_MS = 60 * 60_000;

/** How long the same is not asked again when nobody has answered, in milliseconds. */
export const SILENCE_HOLDS_MS = 10 * 60_000;

const DAY_MS = 86_400_000;

export type ApprovalVerdict =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'waiting'; readonly id: number };

export interface ApprovalWish extends ApprovalSubject, Pick<Approval, 'wish'> {
  readonly details?: object;
  /** Who uses what is allowed once: nobody else then does. */
  readonly user: string;
}

/** Whether something is allowed. When nobody has said so yet, main is asked, and there is one question for each subject. */
export function askApproval(approvals: Approvals, wish: ApprovalWish): ApprovalVerdict {
  const { approvals: store } = approvals;
  const { groupFolder, kind, subject } = wish;
  const about = { groupFolder, kind, subject };
  if (isAllowed(approvals, about, wish.user)) return { kind: 'allowed' };
  expireDue(approvals);
  const waiting = store.waitingFor(about);
  if (waiting !== undefined) return { kind: 'waiting', id: waiting.id };
  const why = whyNotAsked(approvals, about);
  return why === undefined ? { kind: 'waiting', id: ask(approvals, wish) } : { kind: 'refused', why };
}

/** Whether it is allowed for good, or once and this one is the one who uses it. */
function isAllowed(
  { approvals, clock }: Approvals,
  { groupFolder, kind, subject }: ApprovalSubject,
  user: string,
): boolean {
  const about = { groupFolder, kind, subject };
  if (approvals.remembered(about)) return true;
  const once = approvals.usable({ ...about, now: clock.now(), user });
  if (once !== undefined) approvals.use(once.id, user);
  return once !== undefined;
}

function whyNotAsked({ approvals, groups, timeoutMs, clock }: Approvals, about: ApprovalSubject): string | undefined {
  const now = clock.now();
  if (timeoutMs === 0) return 'the owner is not asked on this host';
  if (groups.main() === undefined) return 'there is no main chat in which the owner could be asked';
  const last = approvals.notAllowed(about);
  const ago = now - (last?.decidedAt ?? 0);
  if (about.kind !== 'remote-control') {
    if (last?.state === 'refused' && ago < REFUSAL_HOLDS_MS) return 'the owner has said no: do not ask for it again';
    if (last?.state === 'expired' && ago < SILENCE_HOLDS_MS)
      return 'the owner was asked and has not answered: ask later';
  }
  const { waiting, asked } = approvals.counts(about.groupFolder, now - DAY_MS);
  if (waiting >= MAX_WAITING_PER_GROUP)
    return `${waiting} questions of this chat wait for the owner already: ask later`;
  if (asked >= MAX_ASKED_PER_DAY) return `the owner was asked ${asked} times for this chat today, which is the limit`;
  return undefined;
}

function ask(approvals: Approvals, { user: _, details = {}, ...wish }: ApprovalWish): number {
  const { database, approvals: store, groups, outbox, timeoutMs, clock, log } = approvals;
  const now = clock.now();
  const main = groups.main();
  if (main === undefined) throw new Error('nobody can be asked without a main chat');
  const id = database.transaction(() => {
    const expiresAt = now + timeoutMs;
    const added = store.add({ ...wish, details: JSON.stringify(details), askedAt: now, expiresAt });
    const { text, question, options } = approvalQuestion({ id: added, ...wish }, timeoutMs);
    const payload = { kind: 'question', question, options } as const;
    store.askedWith(added, outbox.add({ chatJid: main.jid, text, payload, origin: 'notice', now }));
    return added;
  })();
  log.info('approval.asked', { group: wish.groupFolder, approval: id, kind: wish.kind });
  recordApproval(approvals, { ...wish, id }, { what: 'asked' });
  approvals.onOutgoing(main.jid);
  return id;
}

/** What became of a question that waits, at the latest after `ms`; then it still waits. A `user` uses what was allowed. */
export async function awaitApproval(
  approvals: Approvals,
  id: number,
  { ms, user }: { ms: number; user?: string },
): Promise<ApprovalVerdict> {
  const isWaiting = (): boolean => approvals.approvals.find(id)?.state === 'waiting';
  const settled = new AbortController();
  const wake = (): void => settled.abort();
  const waiters = approvals.waiters.get(id) ?? new Set();
  approvals.waiters.set(id, waiters.add(wake));
  if (isWaiting()) await approvals.clock.sleep(ms, settled.signal);
  waiters.delete(wake);
  if (waiters.size === 0) approvals.waiters.delete(id);
  const found = approvals.approvals.find(id);
  if (found?.state === 'waiting') return { kind: 'waiting', id };
  if (found?.state === 'allowed') {
    return user === undefined || isAllowed(approvals, found, user)
      ? { kind: 'allowed' }
      : { kind: 'refused', why: 'the owner has allowed it once, and another has used it: ask again' };
  }
  const why =
    found?.state === 'expired' ? 'the owner was asked and has not answered' : 'the owner was asked and has said no';
  return { kind: 'refused', why };
}
