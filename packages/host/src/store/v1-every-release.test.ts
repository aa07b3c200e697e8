import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { armFailpoint } from '../kernel/failpoints.ts';
import { openStore, type Database as Store } from './open-store.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'nanoclaw-v1-'));
  file = join(directory, 'messages.db');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** The tables as the first releases with a database had them. */
const FIRST = `
  CREATE TABLE chats (jid TEXT PRIMARY KEY, name TEXT, last_message_time TEXT);
  CREATE TABLE messages (id TEXT, chat_jid TEXT, sender TEXT, content TEXT, timestamp TEXT, is_from_me INTEGER,
    PRIMARY KEY (id, chat_jid), FOREIGN KEY (chat_jid) REFERENCES chats(jid));
  CREATE INDEX idx_timestamp ON messages(timestamp);
  CREATE TABLE scheduled_tasks (id TEXT PRIMARY KEY, group_folder TEXT NOT NULL, chat_jid TEXT NOT NULL,
    prompt TEXT NOT NULL, schedule_type TEXT NOT NULL, schedule_value TEXT NOT NULL, next_run TEXT, last_run TEXT,
    last_result TEXT, status TEXT DEFAULT 'active', created_at TEXT NOT NULL);
  CREATE TABLE task_run_logs (id INTEGER PRIMARY KEY AUTOINCREMENT, task_id TEXT NOT NULL, run_at TEXT NOT NULL,
    duration_ms INTEGER NOT NULL, status TEXT NOT NULL, result TEXT, error TEXT,
    FOREIGN KEY (task_id) REFERENCES scheduled_tasks(id));`;

/** What came afterwards, in v1's order. A database stopped at any of these is one that somebody may have. */
const STEPS = [
  'ALTER TABLE messages ADD COLUMN sender_name TEXT',
  "ALTER TABLE scheduled_tasks ADD COLUMN context_mode TEXT DEFAULT 'isolated'",
  `CREATE TABLE router_state (key TEXT PRIMARY KEY, value TEXT NOT NULL);
   CREATE TABLE sessions (group_folder TEXT PRIMARY KEY, session_id TEXT NOT NULL);
   CREATE TABLE registered_groups (jid TEXT PRIMARY KEY, name TEXT NOT NULL, folder TEXT NOT NULL UNIQUE,
     trigger_pattern TEXT NOT NULL, added_at TEXT NOT NULL, container_config TEXT)`,
  'ALTER TABLE registered_groups ADD COLUMN requires_trigger INTEGER DEFAULT 1',
  'ALTER TABLE messages ADD COLUMN is_bot_message INTEGER DEFAULT 0',
  'ALTER TABLE chats ADD COLUMN channel TEXT',
  'ALTER TABLE chats ADD COLUMN is_group INTEGER DEFAULT 0',
  'ALTER TABLE registered_groups ADD COLUMN is_main INTEGER DEFAULT 0',
  'ALTER TABLE scheduled_tasks ADD COLUMN script TEXT',
  `ALTER TABLE messages ADD COLUMN reply_to_message_id TEXT; ALTER TABLE messages ADD COLUMN reply_to_message_content TEXT;
   ALTER TABLE messages ADD COLUMN reply_to_sender_name TEXT`,
] as const;

const time = (minute: number): string => `2026-03-05T09:${String(minute).padStart(2, '0')}:00.000Z`;

const CHATS = [
  '491@s.whatsapp.net',
  '1203-17@g.us',
  'tg:-100123',
  'slack:C0AB',
  'dc:998877',
  'gmail:18c0ffee',
] as const;

/** Rows as v1 wrote them: each chat with two messages that were answered, the answer, and one that came afterwards. */
function fill(database: Database): void {
  const chat = database.prepare('INSERT INTO chats (jid, name, last_message_time) VALUES (?, ?, ?)');
  const message = database.prepare(
    'INSERT INTO messages (id, chat_jid, sender, content, timestamp, is_from_me) VALUES (?, ?, ?, ?, ?, ?)',
  );
  chat.run('__group_sync__', null, time(0));
  CHATS.forEach((jid, index) => {
    chat.run(jid, index === 3 ? null : `chat ${index}`, time(9));
    message.run('3EB0', jid, '491', 'first', time(1), 0);
    message.run('3EB1', jid, '492', '@Andy second', time(2), 0);
    message.run('3EB2', jid, 'me', 'Andy: an answer', time(3), 1);
    message.run('3EB3', jid, '491', null, time(3), 0);
    message.run('3EB4', jid, '491', '@Andy waiting', time(4), 0);
  });
  database.pragma('foreign_keys = OFF');
  message.run('orphan', 'gone@g.us', 'x', 'nobody knows my chat', time(5), 0);
  message.run('twice', null, 'x', 'no chat', time(5), 0);
  message.run('twice', null, 'x', 'no chat either', time(5), 0);
  message.run(null, CHATS[0], 'x', 'no id', time(0), 0);
  const task = database.prepare(`
    INSERT INTO scheduled_tasks (id, group_folder, chat_jid, prompt, schedule_type, schedule_value, next_run, status, created_at)
    VALUES (?, 'main', 'tg:-100123', 'p', ?, ?, ?, ?, ?)`);
  task.run('t1', 'cron', '0 9 * * 1', time(30), 'active', time(0));
  task.run('t2', 'interval', '3600000', time(30), 'paused', time(0));
  task.run('t3', 'once', '2026-03-05T10:00:00', null, 'completed', time(0));
  database.exec(`INSERT INTO task_run_logs (task_id, run_at, duration_ms, status) VALUES ('t1', 'x', 5, 'success'),
    ('deleted', 'x', 5, 'error')`);
  if (!hasTable(database, 'registered_groups')) return;
  const group = database.prepare(
    'INSERT INTO registered_groups (jid, name, folder, trigger_pattern, added_at, container_config) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const mounts = '{"additionalMounts": [{"hostPath":"~/projects","readonly":false}],  "timeout":600000}';
  CHATS.forEach((jid, index) => {
    group.run(jid, `g${index}`, index === 0 ? 'main' : `g${index}`, '@Andy', time(0), index === 0 ? mounts : null);
  });
  group.run('bad@g.us', 'bad', '../../etc', '@Andy', time(0), '{not json');
  database.exec(`INSERT INTO sessions VALUES ('main', 'session-main'), ('g1', 'session-1')`);
  const cursors = Object.fromEntries(CHATS.slice(0, 3).map((jid) => [jid, time(2)]));
  database.prepare("INSERT INTO router_state VALUES ('last_agent_timestamp', ?)").run(JSON.stringify(cursors));
  database.prepare("INSERT INTO router_state VALUES ('last_timestamp', ?)").run(time(4));
}

function makeRelease(steps: number, then: (database: Database) => void = () => undefined): void {
  const database = new Sqlite(file);
  database.exec([FIRST, ...STEPS.slice(0, steps)].join(';\n'));
  fill(database);
  then(database);
  database.close();
}

const hasTable = (database: Database, name: string): boolean =>
  database.prepare('SELECT 1 FROM sqlite_master WHERE name = ?').get(name) !== undefined;

function contentAtCursor(store: Store, jid: string): unknown {
  const sql = `SELECT m.content FROM registered_groups g LEFT JOIN messages m ON m.seq = g.handled_seq WHERE g.jid = ?`;
  return store.prepare(sql).pluck().get(jid);
}

const digest = (): string => createHash('sha256').update(readFileSync(file)).digest('hex');

const releases = Array.from({ length: STEPS.length + 1 }, (_, index) => index);

describe.each(releases)('a database with the first %i changes of v1', (steps) => {
  test('keeps every row, tells whose each message is, and goes on where v1 was', () => {
    makeRelease(steps);

    const store = openStore(file);

    const count = (table: string): unknown => store.prepare(`SELECT COUNT(*) FROM ${table}`).pluck().get();
    expect(['messages', 'scheduled_tasks', 'task_run_logs'].map(count)).toEqual([CHATS.length * 5 + 4, 3, 2]);
    expect(store.prepare('SELECT COUNT(*) FROM messages WHERE is_bot_message = 1').pluck().get()).toBe(CHATS.length);
    expect(store.prepare('SELECT id, schedule_type, status FROM scheduled_tasks').raw().all()).toEqual([
      ['t1', 'cron', 'active'],
      ['t2', 'interval', 'paused'],
      ['t3', 'once', 'completed'],
    ]);
    expect(store.pragma('foreign_key_check(messages)')).toEqual([]);
    if (steps >= 3) {
      expect(CHATS.map((jid) => contentAtCursor(store, jid))).toEqual([
        '@Andy second',
        '@Andy second',
        '@Andy second',
        'Andy: an answer',
        'Andy: an answer',
        'Andy: an answer',
      ]);
      expect(store.prepare("SELECT session_id FROM sessions WHERE group_folder = 'main'").pluck().get()).toBe(
        'session-main',
      );
      expect(store.prepare('SELECT folder FROM registered_groups WHERE is_main = 1').pluck().all()).toEqual(['main']);
      expect(
        store.prepare("SELECT container_config, timeout_ms FROM registered_groups WHERE folder = 'main'").get(),
      ).toEqual({
        container_config: '{"additionalMounts": [{"hostPath":"~/projects","readonly":false}],  "timeout":600000}',
        timeout_ms: 600_000,
      });
      expect(store.prepare("SELECT container_config FROM registered_groups WHERE jid = 'bad@g.us'").pluck().get()).toBe(
        '{not json',
      );
    }
    store.close();
  });

  test('is as it was after an upgrade that failed, and is upgraded by the next start', () => {
    makeRelease(steps);
    const before = digest();
    const disarm = armFailpoint('migration-stepped', () => {
      throw new Error('the disk is gone');
    });

    try {
      expect(() => openStore(file)).toThrow('could not be upgraded from schema 0 and is unchanged');
    } finally {
      disarm();
    }

    expect(digest()).toBe(before);
    expect(existsSync(`${file}-wal`) || existsSync(`${file}-journal`)).toBe(false);
    openStore(file).close();
    expect(existsSync(`${file}.v1-backup`)).toBe(true);
  });
});

describe('a database of v1', () => {
  test('that was stopped between the copy and the upgrade is upgraded by the next start', () => {
    makeRelease(STEPS.length);
    const disarm = armFailpoint('migration-copied', () => {
      throw new Error('killed');
    });
    expect(() => openStore(file)).toThrow();
    disarm();
    const copy = readFileSync(`${file}.v1-backup`);

    const store = openStore(file);

    expect(store.prepare('SELECT COUNT(*) FROM messages').pluck().get()).toBe(CHATS.length * 5 + 4);
    expect(readFileSync(`${file}.v1-backup`)).toEqual(copy);
    store.close();
  });

  test('tells its own messages by the name the assistant has, whatever signs are in it', () => {
    makeRelease(3, (database) => {
      database.prepare("UPDATE messages SET content = 'A_y%: hello' WHERE id = '3EB0'").run();
      database.prepare("UPDATE messages SET content = 'Andy: hello' WHERE id = '3EB1'").run();
    });

    const store = openStore(file, { assistantName: 'A_y%' });

    const own = store.prepare('SELECT DISTINCT content FROM messages WHERE is_bot_message = 1').pluck().all();
    expect(own).toEqual(['A_y%: hello']);
    store.close();
  });

  test('whose cursors cannot be read goes on after what v1 had seen, where it kept no answers', () => {
    makeRelease(STEPS.length, (database) => {
      database.exec(`UPDATE router_state SET value = '{"tg:-1001' WHERE key = 'last_agent_timestamp';
        DELETE FROM messages WHERE chat_jid = 'tg:-100123' AND id = '3EB2';
        UPDATE router_state SET value = '${time(3)}' WHERE key = 'last_timestamp'`);
    });

    const store = openStore(file);

    expect(contentAtCursor(store, 'slack:C0AB')).toBe('Andy: an answer');
    expect(
      store
        .prepare(
          "SELECT id FROM messages WHERE chat_jid = 'tg:-100123' AND seq > (SELECT handled_seq FROM registered_groups WHERE jid = 'tg:-100123')",
        )
        .pluck()
        .all(),
    ).toEqual(['3EB4']);
    store.close();
  });

  test('with a cursor that is no text, or empty, begins as if there were none', () => {
    makeRelease(STEPS.length, (database) => {
      const odd = JSON.stringify({ [CHATS[0]]: { deep: 1 }, [CHATS[1]]: 5, [CHATS[2]]: '' });
      database.prepare("UPDATE router_state SET value = ? WHERE key = 'last_agent_timestamp'").run(odd);
    });

    const store = openStore(file);

    expect(CHATS.slice(0, 3).map((jid) => contentAtCursor(store, jid))).toEqual(Array(3).fill('Andy: an answer'));
    store.close();
  });

  test('with a cursor before everything answers everything, also what is older than an answer', () => {
    makeRelease(STEPS.length, (database) => {
      const early = JSON.stringify({ [CHATS[1]]: '2020-01-01T00:00:00.000Z' });
      database.prepare("UPDATE router_state SET value = ? WHERE key = 'last_agent_timestamp'").run(early);
    });

    const store = openStore(file);

    expect(contentAtCursor(store, CHATS[1])).toBeNull();
    store.close();
  });

  test('with tables of a skill that refer to messages is upgraded with them', () => {
    makeRelease(STEPS.length, (database) => {
      database.exec(`CREATE TABLE reactions (message_id TEXT, chat_jid TEXT, emoji TEXT,
          FOREIGN KEY (message_id, chat_jid) REFERENCES messages(id, chat_jid));
        CREATE VIEW newest AS SELECT * FROM messages ORDER BY timestamp DESC;
        INSERT INTO reactions VALUES ('3EB0', 'tg:-100123', 'x')`);
    });

    const store = openStore(file);

    expect(store.prepare('SELECT emoji FROM reactions').pluck().all()).toEqual(['x']);
    expect(store.pragma('foreign_key_check(reactions)')).toEqual([]);
    expect(store.prepare('SELECT COUNT(*) FROM newest').pluck().get()).toBe(CHATS.length * 5 + 4);
    store.close();
  });
});
