import type { Database } from '../store/open-store.ts';
import type { Approval, ApprovalKind } from './approval.ts';

/** What one question is about. */
export interface ApprovalSubject {
  readonly groupFolder: string;
  readonly kind: ApprovalKind;
  readonly subject: string;
}

type Row = Omit<Approval, 'isAlways'> & { readonly isAlways: number };

const COLUMNS = `a.id, a.group_folder AS groupFolder, a.kind, a.subject, a.wish, a.details, a.asked_at AS askedAt,
  a.expires_at AS expiresAt, a.state, a.is_always AS isAlways, a.decided_at AS decidedAt, a.decided_by AS decidedBy`;

const SAME = 'a.group_folder = @groupFolder AND a.kind = @kind AND a.subject = @subject';

/** Newest decided approvals that are listed. */
const MAX_LISTED = 50;

export type ApprovalStore = ReturnType<typeof createApprovalStore>;

export function createApprovalStore(database: Database) {
  const select = (rest: string) => database.prepare(`SELECT ${COLUMNS} FROM approvals a ${rest}`);
  const one = (row: unknown): Approval | undefined => (row === undefined ? undefined : toApproval(row as Row));
  const many = (rows: unknown[]): Approval[] => (rows as Row[]).map(toApproval);
  const byId = select('WHERE a.id = ?');
  const remembered = select(`WHERE ${SAME} AND a.state = 'allowed' AND a.is_always = 1`);
  const waitingFor = select(`WHERE ${SAME} AND a.state = 'waiting'`);
  const decidedNewest = select(`WHERE ${SAME} AND a.state IN ('refused', 'expired')
    AND a.decided_by NOT LIKE 'the end of %' ORDER BY a.id DESC LIMIT 1`);
  const usable = select(`WHERE ${SAME} AND a.state = 'allowed' AND a.is_always = 0 AND a.usable_until > @now
    AND (a.used_by IS NULL OR a.used_by = @user) ORDER BY a.id DESC LIMIT 1`);
  const ofMessage = select('JOIN outbox o ON o.id = a.outbox_id WHERE o.chat_jid = ? AND o.platform_id = ?');
  const sending = database
    .prepare("SELECT 1 FROM outbox WHERE chat_jid = ? AND text = ? AND state = 'sending' LIMIT 1")
    .pluck();
  const waiting = select("WHERE a.state = 'waiting' ORDER BY a.id");
  const lasting = select("WHERE a.state = 'allowed' AND a.is_always = 1 ORDER BY a.id");
  const past = select(`WHERE a.state NOT IN ('waiting') AND NOT (a.state = 'allowed' AND a.is_always = 1)
    ORDER BY a.id DESC LIMIT ${MAX_LISTED}`);
  const due = select("WHERE a.state = 'waiting' AND a.expires_at <= ? ORDER BY a.id");
  const ended = select("WHERE a.state = 'refused' AND a.decided_at IS NULL ORDER BY a.id");
  const counts = database.prepare(`
    SELECT COUNT(*) FILTER (WHERE state = 'waiting') AS waiting, COUNT(*) FILTER (WHERE asked_at > ?) AS asked
    FROM approvals WHERE group_folder = ?`);
  const insert = database.prepare(`
    INSERT INTO approvals (group_folder, kind, subject, wish, details, asked_at, expires_at)
    VALUES (@groupFolder, @kind, @subject, @wish, @details, @askedAt, @expiresAt)`);
  const asked = database.prepare('UPDATE approvals SET outbox_id = ? WHERE id = ?');
  const settle = database.prepare(`
    UPDATE approvals SET state = @state, is_always = @isAlways, decided_at = @now, decided_by = @by, usable_until = @usableUntil
    WHERE id = @id AND state = 'waiting'`);
  const stamp = database.prepare('UPDATE approvals SET decided_at = ? WHERE id = ?');
  const use = database.prepare('UPDATE approvals SET used_by = ? WHERE id = ?');
  const withdraw = database.prepare(
    "UPDATE approvals SET state = 'withdrawn' WHERE id = ? AND state = 'allowed' AND is_always = 1",
  );
  const extend = database.prepare(`
    UPDATE approvals SET expires_at = @expiresAt WHERE state = 'waiting' AND asked_at > @askedAfter AND outbox_id IN
      (SELECT id FROM outbox WHERE state IN ('pending', 'sending'))`);
  const prune = database.prepare(`
    DELETE FROM approvals WHERE id IN (
      SELECT id FROM approvals WHERE state <> 'waiting' AND NOT (state = 'allowed' AND is_always = 1) AND asked_at < ? LIMIT ?)`);

  return {
    find: (id: number) => one(byId.get(id)),
    /** Allowed for good. */
    remembered: (subject: ApprovalSubject) => one(remembered.get({ ...subject })),
    waitingFor: (subject: ApprovalSubject) => one(waitingFor.get({ ...subject })),
    /** The newest that was not allowed, because of what somebody said or nobody did. */
    notAllowed: (subject: ApprovalSubject) => one(decidedNewest.get({ ...subject })),
    /** Allowed once, and not used by anybody else. */
    usable: (subject: ApprovalSubject & { now: number; user: string }) => one(usable.get({ ...subject })),
    /** The one whose question is this message of the platform. */
    ofMessage: (chatJid: string, platformId: string) => one(ofMessage.get(chatJid, platformId)),
    /** Whether the platform is being given this text, or perhaps has it. */
    isSending: (chatJid: string, text: string): boolean => sending.get(chatJid, text) !== undefined,
    waiting: () => many(waiting.all()),
    lasting: () => many(lasting.all()),
    past: () => many(past.all()),
    due: (now: number) => many(due.all(now)),
    /** Ended together with a registration, which nobody was told of yet. */
    ended: () => many(ended.all()),
    /** Of a group: how many wait, and how many were asked since a moment. */
    counts: (groupFolder: string, since: number) =>
      counts.get(since, groupFolder) as { waiting: number; asked: number },
    add: (row: ApprovalSubject & Pick<Approval, 'wish' | 'details' | 'askedAt' | 'expiresAt'>): number =>
      Number(insert.run({ ...row }).lastInsertRowid),
    askedWith: (id: number, outboxId: number) => asked.run(outboxId, id),
    /** False when it did not wait any more. */
    settle: (id: number, to: Settlement): boolean =>
      settle.run({ id, ...to, isAlways: Number(to.isAlways), usableUntil: to.usableUntil ?? null }).changes > 0,
    stamp: (id: number, now: number) => stamp.run(now, id),
    use: (id: number, user: string) => use.run(user, id),
    /** False when it was not allowed for good. */
    withdraw: (id: number): boolean => withdraw.run(id).changes > 0,
    /** The time of an answer begins when the question was sent. */
    extendUnsent: (expiresAt: number, askedAfter: number) => extend.run({ expiresAt, askedAfter }),
    /** Forgets what is over and was asked before a moment, at most `limit`; returns how many. */
    prune: (before: number, limit: number): number => prune.run(before, limit).changes,
  };
}

export interface Settlement {
  readonly state: 'allowed' | 'refused' | 'expired';
  readonly isAlways: boolean;
  readonly by: string;
  readonly now: number;
  readonly usableUntil?: number;
}

function toApproval(row: Row): Approval {
  return { ...row, isAlways: row.isAlways === 1 };
}
