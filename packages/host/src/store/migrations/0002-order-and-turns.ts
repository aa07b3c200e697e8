import type { Migration } from '../migrate.ts';

/**
 * Gives messages an order of our own (`seq`, assigned at insert) and adds turns, outbox and usage. Existing rows are
 * numbered by platform time, the only order v1 knew. A group begins where v1 had come to: at its cursor, else at the
 * assistant's last message; what is before was answered then and is not answered again. Where the cursors as a whole
 * cannot be read, chats without a message of the assistant (v1 kept none of Telegram and Discord) begin at what v1 had
 * seen of all chats.
 */
export const orderAndTurns: Migration = {
  number: 2,
  name: 'order of messages, turns, outbox, usage',
  up(database) {
    database.exec(SQL);
  },
};

const SQL = `
  CREATE TABLE messages_ordered (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, chat_jid TEXT NOT NULL REFERENCES chats(jid),
    sender TEXT, sender_name TEXT, content TEXT, timestamp TEXT, is_from_me INTEGER, is_bot_message INTEGER DEFAULT 0,
    reply_to_message_id TEXT, reply_to_message_content TEXT, reply_to_sender_name TEXT, UNIQUE (chat_jid, id)
  );
  INSERT OR IGNORE INTO chats (jid, name) SELECT DISTINCT COALESCE(chat_jid, ''), COALESCE(chat_jid, '') FROM messages;
  INSERT INTO messages_ordered (id, chat_jid, sender, sender_name, content, timestamp, is_from_me, is_bot_message,
      reply_to_message_id, reply_to_message_content, reply_to_sender_name)
    SELECT CASE WHEN id IS NULL OR chat_jid IS NULL THEN COALESCE(id, '') || 'v1-row-' || rowid ELSE id END,
      COALESCE(chat_jid, ''), sender, sender_name, content, timestamp, is_from_me,
      COALESCE(is_bot_message, 0),
      reply_to_message_id, reply_to_message_content, reply_to_sender_name
    FROM messages ORDER BY timestamp, rowid;
  DROP TABLE messages;
  ALTER TABLE messages_ordered RENAME TO messages;
  CREATE INDEX idx_messages_chat_seq ON messages(chat_jid, seq);

  ALTER TABLE registered_groups ADD COLUMN handled_seq INTEGER NOT NULL DEFAULT 0;
  WITH state AS (
    SELECT value, json_valid(value) AND CASE WHEN json_valid(value) THEN json_type(value) END = 'object' AS is_whole
    FROM router_state WHERE key = 'last_agent_timestamp'
  ), cursors AS (
    SELECT entry.key AS jid, entry.value AS at
    FROM state, json_each(CASE WHEN is_whole THEN state.value ELSE '{}' END) AS entry
    WHERE entry.type = 'text' AND entry.value <> ''
  ), seen AS (
    SELECT value AS at FROM router_state WHERE key = 'last_timestamp' AND EXISTS (SELECT 1 FROM state WHERE NOT is_whole))
  UPDATE registered_groups SET handled_seq = COALESCE(CASE
    WHEN EXISTS (SELECT 1 FROM cursors WHERE cursors.jid = registered_groups.jid) THEN
      (SELECT MAX(seq) FROM messages JOIN cursors ON cursors.jid = chat_jid AND timestamp <= cursors.at
        WHERE chat_jid = registered_groups.jid)
    ELSE COALESCE(
      (SELECT MAX(seq) FROM messages WHERE chat_jid = registered_groups.jid AND is_bot_message = 1),
      (SELECT MAX(seq) FROM messages JOIN seen ON timestamp <= seen.at WHERE chat_jid = registered_groups.jid))
    END, 0);

  CREATE TABLE turns (
    id TEXT PRIMARY KEY, chat_jid TEXT NOT NULL, group_folder TEXT NOT NULL, run_id TEXT NOT NULL,
    from_seq INTEGER NOT NULL, to_seq INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('running', 'done', 'failed')), error_kind TEXT,
    started_at INTEGER NOT NULL, ended_at INTEGER
  );
  CREATE INDEX idx_turns_chat ON turns(chat_jid, started_at);
  CREATE INDEX idx_turns_running ON turns(state) WHERE state = 'running';

  CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT, chat_jid TEXT NOT NULL, turn_id TEXT,
    origin TEXT NOT NULL CHECK (origin IN ('answer', 'tool', 'notice')), sender TEXT, text TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'sent', 'failed')), attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at INTEGER NOT NULL, platform_id TEXT, error TEXT, created_at INTEGER NOT NULL, sent_at INTEGER
  );
  CREATE INDEX idx_outbox_pending ON outbox(chat_jid, id) WHERE state = 'pending';

  CREATE TABLE usage (
    id INTEGER PRIMARY KEY AUTOINCREMENT, turn_id TEXT NOT NULL, group_folder TEXT NOT NULL, at INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL, cache_read_tokens INTEGER NOT NULL,
    cache_write_tokens INTEGER NOT NULL, cost_usd REAL NOT NULL, duration_ms REAL NOT NULL
  );
  CREATE INDEX idx_usage_at ON usage(at);
`;
