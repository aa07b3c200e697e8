import type { Migration } from '../migrate.ts';

/** The seven tables of v1 with its names and columns, for a new database and for what an older release left out. */
export const v1Tables: Migration = {
  number: 1,
  name: 'v1 tables',
  up(database) {
    database.exec(TABLES);
    for (const [table, column, type, fill] of ADDED_LATER) {
      const columns = database.pragma(`table_info(${table})`) as { name: string }[];
      if (columns.some(({ name }) => name === column)) continue;
      database.exec(`ALTER TABLE ${table} ADD COLUMN ${column} ${type}`);
      if (fill !== undefined) database.exec(`UPDATE ${table} SET ${column} = ${fill}`);
    }
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
  CREATE INDEX IF NOT EXISTS idx_next_run ON scheduled_tasks(next_run);
  CREATE INDEX IF NOT EXISTS idx_status ON scheduled_tasks(status);
  CREATE TABLE IF NOT EXISTS task_run_logs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, task_id TEXT NOT NULL, run_at TEXT NOT NULL, duration_ms INTEGER NOT NULL,
    status TEXT NOT NULL, result TEXT, error TEXT, FOREIGN KEY (task_id) REFERENCES scheduled_tasks(id)
  );
  CREATE INDEX IF NOT EXISTS idx_task_run_logs ON task_run_logs(task_id, run_at);
  CREATE TABLE IF NOT EXISTS router_state (key TEXT PRIMARY KEY, value TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS sessions (group_folder TEXT PRIMARY KEY, session_id TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS registered_groups (
    jid TEXT PRIMARY KEY, name TEXT NOT NULL, folder TEXT NOT NULL UNIQUE, trigger_pattern TEXT NOT NULL,
    added_at TEXT NOT NULL, container_config TEXT, requires_trigger INTEGER DEFAULT 1, is_main INTEGER DEFAULT 0
  );
`;

/** v1 marked the assistant's own messages by its name in front before it had a column for them. */
const HAS_ASSISTANT_NAME_IN_FRONT = `EXISTS (
  SELECT 1 FROM registered_groups WHERE content LIKE ltrim(trigger_pattern, '@') || ':%' AND trigger_pattern LIKE '@_%')`;

/** Columns that came during v1's life; its early databases lack them. The last item fills old rows, as v1 did. */
const ADDED_LATER: readonly (readonly [table: string, column: string, type: string, fill?: string])[] = [
  [
    'chats',
    'channel',
    'TEXT',
    `CASE WHEN jid LIKE '%@g.us' OR jid LIKE '%@s.whatsapp.net' THEN 'whatsapp' WHEN jid LIKE 'dc:%' THEN 'discord'
      WHEN jid LIKE 'tg:%' THEN 'telegram' END`,
  ],
  ['chats', 'is_group', 'INTEGER DEFAULT 0', "jid LIKE '%@g.us' OR jid LIKE 'dc:%'"],
  ['messages', 'is_bot_message', 'INTEGER DEFAULT 0', HAS_ASSISTANT_NAME_IN_FRONT],
  ['messages', 'reply_to_message_id', 'TEXT'],
  ['messages', 'reply_to_message_content', 'TEXT'],
  ['messages', 'reply_to_sender_name', 'TEXT'],
  ['scheduled_tasks', 'context_mode', "TEXT DEFAULT 'isolated'"],
  ['scheduled_tasks', 'script', 'TEXT'],
  ['registered_groups', 'container_config', 'TEXT'],
  ['registered_groups', 'requires_trigger', 'INTEGER DEFAULT 1'],
  ['registered_groups', 'is_main', 'INTEGER DEFAULT 0', "folder = 'main'"],
];
