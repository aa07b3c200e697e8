import { z } from 'zod';
import type { ChatJid } from '../../messages/message.ts';
import type { Database } from '../../store/open-store.ts';
import type { Thread } from './thread.ts';

/** How far a mailbox has been read: its mails have growing numbers for as long as it keeps its `uidValidity`. */
export interface Cursor {
  readonly uidValidity: string;
  readonly lastUid: number;
  /** When the newest mail that was read had arrived, in milliseconds: where to begin when the numbers are new. */
  readonly arrivedAt: number;
}

interface ThreadRow {
  readonly chatJid: ChatJid;
  readonly subject: string;
  readonly to: string;
  readonly cc: string;
  readonly lastId: string;
  readonly references: string;
}

/** How long mails are known by their ids, in milliseconds: an answer that names only a mail before it finds its thread. */
const KEEP_IDS_MS = 400 * 24 * 60 * 60_000;

const Ids = z.array(z.string());

export type GmailStore = ReturnType<typeof createGmailStore>;

/** What the channel has to know after a restart: how far it has read, and to whom and what an answer answers. */
export function createGmailStore(database: Database) {
  const readCursor = database.prepare(
    'SELECT uid_validity AS uidValidity, last_uid AS lastUid, arrived_at AS arrivedAt FROM gmail_cursors WHERE mailbox = ?',
  );
  const writeCursor = database.prepare(`
    INSERT INTO gmail_cursors (mailbox, uid_validity, last_uid, arrived_at) VALUES (@mailbox, @uidValidity, @lastUid, @arrivedAt)
    ON CONFLICT (mailbox) DO UPDATE SET uid_validity = @uidValidity, last_uid = @lastUid,
      arrived_at = MAX(arrived_at, @arrivedAt)`);
  const readThread = database.prepare(`
    SELECT chat_jid AS chatJid, subject, recipient AS "to", copies AS cc, last_id AS lastId, reference_ids AS "references"
    FROM gmail_threads WHERE chat_jid = ?`);
  const writeThread = database.prepare(`
    INSERT INTO gmail_threads (chat_jid, subject, recipient, copies, last_id, reference_ids)
    VALUES (@chatJid, @subject, @to, @cc, @lastId, @references)
    ON CONFLICT (chat_jid) DO UPDATE SET subject = @subject, recipient = @to, copies = @cc, last_id = @lastId,
      reference_ids = @references`);
  const writeId = database.prepare(
    'INSERT INTO gmail_mails (id, chat_jid, at, is_own) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING',
  );
  const readId = database.prepare('SELECT chat_jid FROM gmail_mails WHERE id = ?').pluck();
  const count = database
    .prepare('SELECT COUNT(*) FROM gmail_mails WHERE chat_jid = ? AND at >= ? AND is_own = 0')
    .pluck();
  const countThreads = database
    .prepare('SELECT COUNT(*) FROM (SELECT MIN(at) AS first FROM gmail_mails GROUP BY chat_jid) WHERE first >= ?')
    .pluck();
  const prune = database.prepare('DELETE FROM gmail_mails WHERE at < ?');

  /** The thread stands as this mail has left it, and the mail is known. */
  const take = database.transaction((thread: Thread, at: number) => {
    const { cc, references } = thread;
    writeThread.run({ ...thread, cc: JSON.stringify(cc), references: JSON.stringify(references) });
    writeId.run(thread.lastId, thread.chatJid, at, 0);
    prune.run(at - KEEP_IDS_MS);
  });

  return {
    cursor: (mailbox: string) => readCursor.get(mailbox) as Cursor | undefined,
    moveCursor: (mailbox: string, cursor: Cursor): void => void writeCursor.run({ mailbox, ...cursor }),
    thread(chatJid: ChatJid): Thread | undefined {
      const row = readThread.get(chatJid) as ThreadRow | undefined;
      if (row === undefined) return undefined;
      return { ...row, cc: Ids.parse(JSON.parse(row.cc)), references: Ids.parse(JSON.parse(row.references)) };
    },
    take: (thread: Thread, at: number): void => take(thread, at),
    /** A mail of ours is about to be sent: what answers it belongs to the thread. */
    sending: (id: string, chatJid: ChatJid, at: number): void => void writeId.run(id, chatJid, at, 1),
    /** The thread of a mail that is known. */
    chatOf: (id: string) => readId.get(id) as ChatJid | undefined,
    /** Mails that were taken from others in a thread since then. */
    mailsSince: (chatJid: ChatJid, since: number): number => Number(count.get(chatJid, since)),
    threadsSince: (since: number): number => Number(countThreads.get(since)),
  };
}
