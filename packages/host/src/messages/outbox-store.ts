import type { Database } from '../store/open-store.ts';
import type { ChatJid } from './message.ts';

/** What a row is beside a text, which then is what the history shows of it. */
export type OutboxPayload =
  | { readonly kind: 'file'; readonly key: string; readonly caption: string }
  /** To the message with this id of the platform. */
  | { readonly kind: 'reaction'; readonly messageId: string; readonly emoji: string }
  /** A question with choices, for platforms that show buttons; the row's text has both, for all others. */
  | { readonly kind: 'question'; readonly question: string; readonly options: readonly string[] };

/** The message of its chat that a text answers, by the platform's id, and the thread in which that stands. */
export interface Answered {
  readonly messageId: string;
  readonly thread?: string;
}

/**
 * One outgoing text, file or reaction. Unsent rows are sent in id order within their chat; `sent` and `failed` are final.
 *
 *   pending --begin--> sending --last part taken: markSent--> sent
 *                      sending --part taken: partSent--> pending (next part)
 *                      sending --certainly not taken: postpone--> pending (later)
 *                      sending --nobody can tell: postponeInDoubt--> sending (later)
 *   pending | sending --never will be taken: markFailed--> failed
 *
 * A row that a process finds as `sending` without having begun it is in doubt: an earlier process died, or the
 * connection broke, while the platform had it. Channels whose sends are repeatable go without `begin`.
 */
export interface OutboxRow {
  readonly id: number;
  readonly chatJid: ChatJid;
  readonly text: string;
  readonly payload: OutboxPayload | null;
  readonly sender: string | null;
  readonly origin: OutboxOrigin;
  readonly state: 'pending' | 'sending';
  /** Parts that the platform has taken already. */
  readonly partsSent: number;
  readonly attempts: number;
  readonly createdAt: number;
  /** Of the first part, once it is sent. */
  readonly platformId: string | null;
  readonly nextAttemptAt: number;
  readonly answers: Answered | null;
}

interface AskedRow {
  messageId: string;
  thread: string | null;
}

interface NextRow extends Omit<OutboxRow, 'payload' | 'answers'> {
  payload: string | null;
  answersId: string | null;
  answersThread: string | null;
}

/** Where a text came from: the agent's answer, its send_message tool, or the host itself. */
export type OutboxOrigin = 'answer' | 'tool' | 'notice';

/** Most texts under one name that are looked at. */
const MAX_SAID_TEXTS = 1_000;

export type OutboxStore = ReturnType<typeof createOutboxStore>;

export function createOutboxStore(database: Database) {
  const insert = database.prepare(`
    INSERT INTO outbox (chat_jid, turn_id, origin, sender, text, payload, state, next_attempt_at, created_at,
      answers_id, answers_thread)
    VALUES (@chatJid, @turnId, @origin, @sender, @text, @payload, 'pending', @now, @now, @answersId, @answersThread)`);
  // What a turn says in its own chat answers the message that has asked for it; what it says elsewhere answers nothing.
  const asked = database.prepare(`
    SELECT m.id AS messageId, m.thread FROM turns t JOIN messages m ON m.seq = t.asked_seq
    WHERE t.id = ? AND t.chat_jid = ? AND m.chat_jid = t.chat_jid`);
  const next = database.prepare(`
    SELECT id, chat_jid AS chatJid, text, payload, sender, origin, state, parts_sent AS partsSent, attempts,
      created_at AS createdAt, next_attempt_at AS nextAttemptAt, platform_id AS platformId,
      answers_id AS answersId, answers_thread AS answersThread
    FROM outbox WHERE chat_jid = ? AND state IN ('pending', 'sending') ORDER BY id LIMIT 1`);
  const chats = database.prepare("SELECT DISTINCT chat_jid FROM outbox WHERE state IN ('pending', 'sending')").pluck();
  const due = database.prepare(`
    SELECT MIN(id) AS id, chat_jid AS chatJid FROM outbox
    WHERE state IN ('pending', 'sending') GROUP BY chat_jid HAVING next_attempt_at <= ?`);
  const countUnsent = database
    .prepare("SELECT COUNT(*) FROM outbox WHERE chat_jid = ? AND state IN ('pending', 'sending')")
    .pluck();
  const begin = database.prepare("UPDATE outbox SET state = 'sending' WHERE id = ?");
  const partSent = database.prepare(`
    UPDATE outbox SET state = 'pending', parts_sent = parts_sent + 1, platform_id = COALESCE(platform_id, ?)
    WHERE id = ?`);
  const sent = database.prepare(`
    UPDATE outbox SET state = 'sent', parts_sent = parts_sent + 1, platform_id = COALESCE(platform_id, ?), sent_at = ?
    WHERE id = ?`);
  const failed = database.prepare(
    "UPDATE outbox SET state = 'failed', error = ?, attempts = attempts + 1 WHERE id = ?",
  );
  const postpone = database.prepare(`
    UPDATE outbox SET state = @state, attempts = attempts + 1, error = @error, next_attempt_at = @nextAttemptAt
    WHERE id = @id`);
  const saidAs = database.prepare(`
    SELECT chat_jid AS chatJid, text FROM outbox WHERE turn_id = ? AND origin IN ('answer', 'tool')
    ORDER BY id LIMIT ${MAX_SAID_TEXTS}`);
  const prune = database.prepare(`
    DELETE FROM outbox WHERE id IN (
      SELECT id FROM outbox WHERE state IN ('sent', 'failed') AND created_at < ? LIMIT ?)`);
  const counts = database.prepare('SELECT state, COUNT(*) AS count FROM outbox GROUP BY state');

  return {
    /** Adds a text to be sent; meant to run inside the transaction of what it answers. */
    add(row: {
      chatJid: ChatJid;
      text: string;
      origin: OutboxOrigin;
      now: number;
      turnId?: string;
      sender?: string;
      payload?: OutboxPayload;
      /** Of what is said in no turn; a turn knows it. */
      answers?: Answered;
    }): number {
      const { turnId = null, sender = null } = row;
      const payload = row.payload === undefined ? null : JSON.stringify(row.payload);
      const answers = row.answers ?? (asked.get(turnId, row.chatJid) as AskedRow | undefined);
      const place = { answersId: answers?.messageId ?? null, answersThread: answers?.thread ?? null };
      const result = insert.run({ ...row, payload, turnId, sender, ...place });
      return Number(result.lastInsertRowid);
    },
    /** What was said under this name of a turn or of a task's run, in order. */
    saidAs: (turnId: string) => saidAs.all(turnId) as { chatJid: ChatJid; text: string }[],
    nextUnsent(chatJid: ChatJid): OutboxRow | undefined {
      const row = next.get(chatJid) as NextRow | undefined;
      if (row === undefined) return undefined;
      const { payload, answersId, answersThread, ...known } = row;
      const thread = answersThread === null ? {} : { thread: answersThread };
      return {
        ...known,
        payload: payload === null ? null : (JSON.parse(payload) as OutboxPayload),
        answers: answersId === null ? null : { messageId: answersId, ...thread },
      };
    },
    countUnsent: (chatJid: ChatJid) => Number(countUnsent.get(chatJid)),
    chatsWithUnsent: () => chats.all() as ChatJid[],
    /** The oldest unsent text of each chat where it may be sent by now. */
    due: (now: number) => due.all(now) as { id: number; chatJid: ChatJid }[],
    begin: (id: number) => begin.run(id),
    partSent: (id: number, platformId: string) => partSent.run(platformId, id),
    markSent: (id: number, platformId: string, now: number) => sent.run(platformId, now, id),
    markFailed: (id: number, error: string) => failed.run(error, id),
    postpone: (id: number, error: string, nextAttemptAt: number) =>
      postpone.run({ state: 'pending', id, error, nextAttemptAt }),
    postponeInDoubt: (id: number, error: string, nextAttemptAt: number) =>
      postpone.run({ state: 'sending', id, error, nextAttemptAt }),
    /** Forgets finished rows from before a moment, at most `limit`; returns how many. */
    prune: (before: number, limit: number): number => prune.run(before, limit).changes,
    counts(): Record<string, number> {
      const rows = counts.all() as { state: string; count: number }[];
      return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
    },
  };
}
