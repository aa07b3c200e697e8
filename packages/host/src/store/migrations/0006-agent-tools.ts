import type { Migration } from '../migrate.ts';

/**
 * Tasks have a model of their own, and their runs say of what kind a failure was. Messages can be searched by their
 * words: the index holds no copy of the texts, and the chat beside them, so that a search costs what its own chat holds. New messages get into it later (message-search-store), because doing it
 * with the insert would double what accepting a message takes; what is in it follows every change by itself.
 */
export const agentTools: Migration = {
  number: 6,
  name: 'models of tasks, kinds of failed runs, bills of requests, search',
  up(database) {
    database.exec(`
      ALTER TABLE scheduled_tasks ADD COLUMN model TEXT;
      ALTER TABLE task_run_logs ADD COLUMN error_code TEXT;
      -- JSON: bytes of the request by source.
      ALTER TABLE model_requests ADD COLUMN context TEXT;

      CREATE VIRTUAL TABLE messages_search USING fts5(
        chat_jid, content, content = 'messages', content_rowid = 'seq', prefix = '3',
        tokenize = 'unicode61 remove_diacritics 2');
      CREATE TRIGGER messages_search_update AFTER UPDATE OF content ON messages
      WHEN old.seq <= (SELECT MAX(id) FROM messages_search_docsize) BEGIN
        INSERT INTO messages_search (messages_search, rowid, chat_jid, content)
          VALUES ('delete', old.seq, old.chat_jid, old.content);
        INSERT INTO messages_search (rowid, chat_jid, content) VALUES (new.seq, new.chat_jid, new.content);
      END;
      CREATE TRIGGER messages_search_delete AFTER DELETE ON messages
      WHEN old.seq <= (SELECT MAX(id) FROM messages_search_docsize) BEGIN
        INSERT INTO messages_search (messages_search, rowid, chat_jid, content)
          VALUES ('delete', old.seq, old.chat_jid, old.content);
      END;
    `);
  },
};
