import type { Migration } from '../migrate.ts';

/**
 * Answers go where the question was: a turn knows which message has asked it, and a text which message it answers and in
 * which thread of its chat. Chats stay what is registered; a thread is a place within one.
 */
export const answersToThreads: Migration = {
  number: 10,
  name: 'threads, and what a text answers',
  up(database) {
    database.exec(`
      ALTER TABLE messages ADD COLUMN thread TEXT;
      ALTER TABLE turns ADD COLUMN asked_seq INTEGER;
      ALTER TABLE outbox ADD COLUMN answers_id TEXT;
      ALTER TABLE outbox ADD COLUMN answers_thread TEXT;
    `);
  },
};
