import type { Migration } from '../migrate.ts';

/**
 * The seven tables of v1 with its names and columns, for a new database and for what an older release left out. v1 added
 * a column and filled it in two steps and never looked again, so a column that is there may be unfilled still. What
 * answers and rights depend on (whose a message is, which group is main) is therefore filled in either case.
 */
export const v1Tables: Migration = {
  number: 1,
  name: 'v1 tables',
  up(database, { assistantName }) {
    database.exec(TABLES);
    for (const [table, column, type, fill] of ADDED_LATER) {
      const columns = database.pragma(`table_info(${table})`) as { name: string }[];
      if (columns.some(({ name }) => name === column)) continue;
      database.exec(`ALTER TABLE ${table} ADD COLUMN ${column} ${type}`);
      if (fill !== undefined) database.exec(`UPDATE ${table} SET ${column} = ${fill}`);
    }
    database.exec(INDEXES);
    // v1 put the assistant's name in front of what it said, and took whatever looked like that for its own.
    const inFront = `${assistantName.replaceAll(/[\\%_]/g, '\\$&')}:%`;
    database.prepare(MARK_OWN).run({ inFront });
    database.exec(MARK_MAIN);
  },
};

const TABLES = `
  CREATE TABLE IF NOT EXISTS chats (
    jid TEXT PRIMARY KEY, name TEXT, last_message_time TEXT, channel TEXT, is_group INTEGER DEFAULT 0
  );
  CREATE TABLE IF NOT EXISTS messages (
    id TEXT, chat_jid TEXT, sender TEXT, sender_name TEXT, content TEXT, timestamp TEXT, is_from_me INTEGER,
    is_bot_message INTEGER DEFAULT 0, reply_to_message_id TEXT, reply_to_message_content TEXT,
    reply_to_sender_name TEXT, PRIMARY KEY (id, chat_jid), FOREIGN KEY (chat_jid) REFERENCES chats(jid)
  );
  CREATE TABLE IF NOT EXISTS scheduled_tasks (
    id TEXT PRIMARY KEY, group_folder TEXT NOT NULL, chat_jid TEXT NOT NULL, prompt TEXT NOT NULL,
    schedule_type TEXT NOT NULL, schedule_value TEXT NOT NULL, next_run TEXT, last_run TEXT, last_result TEXT,
    status TEXT DEFAULT 'active', created_at TEXT NOT NULL, context_mode TEXT DEFAULT 'isolated', script TEXT
  );
  CREATE TABLE IF NOT EXISTS task_run_logs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, task_id TEXT NOT NULL, run_at TEXT NOT NULL, duration_ms INTEGER NOT NULL,
    status TEXT NOT NULL, result TEXT, error TEXT, FOREIGN KEY (task_id) REFERENCES scheduled_tasks(id)
  );
  CREATE TABLE IF NOT EXISTS router_state (key TEXT PRIMARY KEY, value TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS sessions (group_folder TEXT PRIMARY KEY, session_id TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS registered_groups (
    jid TEXT PRIMARY KEY, name TEXT NOT NULL, folder TEXT NOT NULL UNIQUE, trigger_pattern TEXT NOT NULL,
    added_at TEXT NOT NULL, container_config TEXT, requires_trigger INTEGER DEFAULT 1, is_main INTEGER DEFAULT 0
  );
`;

/** Columns that came during v1's life; earlier databases lack them. The last item fills old rows, as v1 did. */
const ADDED_LATER: readonly (readonly [table: string, column: string, type: string, fill?: string])[] = [
  [
    'chats',
    'channel',
    'TEXT',
    `CASE WHEN jid LIKE '%@g.us' OR jid LIKE '%@s.whatsapp.net' THEN 'whatsapp' WHEN jid LIKE 'dc:%' THEN 'discord'
      WHEN jid LIKE 'tg:%' THEN 'telegram' END`,
  ],
  ['chats', 'is_group', 'INTEGER DEFAULT 0', "jid LIKE '%@g.us' OR jid LIKE 'dc:%'"],
  ['messages', 'sender_name', 'TEXT'],
  ['messages', 'is_bot_message', 'INTEGER DEFAULT 0'],
  ['messages', 'reply_to_message_id', 'TEXT'],
  ['messages', 'reply_to_message_content', 'TEXT'],
  ['messages', 'reply_to_sender_name', 'TEXT'],
  ['scheduled_tasks', 'context_mode', "TEXT DEFAULT 'isolated'"],
  ['scheduled_tasks', 'script', 'TEXT'],
  ['registered_groups', 'container_config', 'TEXT'],
  ['registered_groups', 'requires_trigger', 'INTEGER DEFAULT 1'],
  ['registered_groups', 'is_main', 'INTEGER DEFAULT 0'],
];

const INDEXES = `
  CREATE INDEX IF NOT EXISTS idx_next_run ON scheduled_tasks(next_run);
  CREATE INDEX IF NOT EXISTS idx_status ON scheduled_tasks(status);
  CREATE INDEX IF NOT EXISTS idx_task_run_logs ON task_run_logs(task_id, run_at);
`;

const MARK_OWN = `
  UPDATE messages SET is_bot_message = 1
  WHERE COALESCE(is_bot_message, 0) = 0 AND content LIKE @inFront ESCAPE '\\'`;

/** The folder was what made main main before there was a mark. */
const MARK_MAIN = `
  UPDATE registered_groups SET is_main = 1
  WHERE folder = 'main' AND NOT EXISTS (SELECT 1 FROM registered_groups WHERE is_main = 1)`;
