import type { Migration } from '../migrate.ts';

/** What the Gmail channel keeps: how far a mailbox is read, whom an answer goes to, and which mail belongs to which thread. */
export const mail: Migration = {
  number: 12,
  name: 'mailboxes and threads of the Gmail channel',
  up(database) {
    database.exec(`
      CREATE TABLE gmail_cursors (
        mailbox TEXT PRIMARY KEY, uid_validity TEXT NOT NULL, last_uid INTEGER NOT NULL, arrived_at INTEGER NOT NULL
      );
      CREATE TABLE gmail_threads (
        chat_jid TEXT PRIMARY KEY, subject TEXT NOT NULL, recipient TEXT NOT NULL, copies TEXT NOT NULL,
        last_id TEXT NOT NULL, reference_ids TEXT NOT NULL
      );
      CREATE TABLE gmail_mails (id TEXT PRIMARY KEY, chat_jid TEXT NOT NULL, at INTEGER NOT NULL, is_own INTEGER NOT NULL);
      CREATE INDEX idx_gmail_mails ON gmail_mails(chat_jid, at);
      CREATE INDEX idx_gmail_mails_at ON gmail_mails(at);
    `);
  },
};
