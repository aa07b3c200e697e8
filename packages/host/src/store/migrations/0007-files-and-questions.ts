import type { Migration } from '../migrate.ts';

/**
 * Files and reactions go out through the outbox like texts, in the same order; `payload` says what a row is beside a text.
 * A file is copied when an agent sends it: what is sent is what it was then. A question waits for the next message of its
 * chat, which then is its answer and nothing that an agent is given besides.
 */
export const filesAndQuestions: Migration = {
  number: 7,
  name: 'files, reactions and questions',
  up(database) {
    database.exec(`
      ALTER TABLE outbox ADD COLUMN payload TEXT;
      CREATE TABLE files (
        key TEXT PRIMARY KEY, group_folder TEXT NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL, mime TEXT NOT NULL,
        bytes INTEGER NOT NULL, created_at INTEGER NOT NULL
      );
      CREATE INDEX idx_files_group ON files(group_folder, created_at);
      ALTER TABLE messages ADD COLUMN is_reply_to_question INTEGER NOT NULL DEFAULT 0;
    `);
  },
};
