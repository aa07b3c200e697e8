import type { Database } from '../store/open-store.ts';
import type { ChatJid } from './message.ts';

/**
 * One outgoing text. `pending` rows are sent in id order within their chat; `sent` and `failed` are final.
 *
 *   pending --send succeeded: markSent--> sent
 *   pending --send failed: postpone--> pending (later)
 *   pending --too many attempts: markFailed--> failed
 */
export interface OutboxRow {
  readonly id: number;
  readonly chatJid: ChatJid;
  readonly text: string;
  readonly sender: string | null;
  readonly origin: OutboxOrigin;
  readonly attempts: number;
  readonly nextAttemptAt: number;
}

/** Where a text came from: the agent's answer, its send_message tool, or the host itself. */
export type OutboxOrigin = 'answer' | 'tool' | 'notice';

export type OutboxStore = ReturnType<typeof createOutboxStore>;

export function createOutboxStore(database: Database) {
  const insert = database.prepare(`
    INSERT INTO outbox (chat_jid, turn_id, origin, sender, text, state, next_attempt_at, created_at)
    VALUES (@chatJid, @turnId, @origin, @sender, @text, 'pending', @now, @now)`);
  const next = database.prepare(`
    SELECT id, chat_jid AS chatJid, text, sender, origin, attempts, next_attempt_at AS nextAttemptAt
    FROM outbox WHERE chat_jid = ? AND state = 'pending' ORDER BY id LIMIT 1`);
  const chats = database.prepare("SELECT DISTINCT chat_jid FROM outbox WHERE state = 'pending'").pluck();
  const sent = database.prepare("UPDATE outbox SET state = 'sent', platform_id = ?, sent_at = ? WHERE id = ?");
  const failed = database.prepare(
    "UPDATE outbox SET state = 'failed', error = ?, attempts = attempts + 1 WHERE id = ?",
  );
  const postpone = database.prepare(
    'UPDATE outbox SET attempts = attempts + 1, error = ?, next_attempt_at = ? WHERE id = ?',
  );
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
    }): number {
      const result = insert.run({ ...row, turnId: row.turnId ?? null, sender: row.sender ?? null });
      return Number(result.lastInsertRowid);
    },
    nextPending: (chatJid: ChatJid) => next.get(chatJid) as OutboxRow | undefined,
    chatsWithPending: () => chats.all() as ChatJid[],
    markSent: (id: number, platformId: string, now: number) => sent.run(platformId, now, id),
    markFailed: (id: number, error: string) => failed.run(error, id),
    postpone: (id: number, error: string, nextAttemptAt: number) => postpone.run(error, nextAttemptAt, id),
    counts(): Record<string, number> {
      const rows = counts.all() as { state: string; count: number }[];
      return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
    },
  };
}
