import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStore } from './open-store.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'nanoclaw-v1-'));
  file = join(directory, 'messages.db');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** The schema of the last v1 release. */
const LAST_V1 = `
  CREATE TABLE chats (jid TEXT PRIMARY KEY, name TEXT, last_message_time TEXT, channel TEXT, is_group INTEGER DEFAULT 0);
  CREATE TABLE messages (id TEXT, chat_jid TEXT, sender TEXT, sender_name TEXT, content TEXT, timestamp TEXT,
    is_from_me INTEGER, is_bot_message INTEGER DEFAULT 0, reply_to_message_id TEXT, reply_to_message_content TEXT,
    reply_to_sender_name TEXT, PRIMARY KEY (id, chat_jid), FOREIGN KEY (chat_jid) REFERENCES chats(jid));
  CREATE INDEX idx_timestamp ON messages(timestamp);
  CREATE TABLE scheduled_tasks (id TEXT PRIMARY KEY, group_folder TEXT NOT NULL, chat_jid TEXT NOT NULL,
    prompt TEXT NOT NULL, schedule_type TEXT NOT NULL, schedule_value TEXT NOT NULL, next_run TEXT, last_run TEXT,
    last_result TEXT, status TEXT DEFAULT 'active', created_at TEXT NOT NULL, context_mode TEXT DEFAULT 'isolated', script TEXT);
  CREATE INDEX idx_next_run ON scheduled_tasks(next_run);
  CREATE INDEX idx_status ON scheduled_tasks(status);
  CREATE TABLE task_run_logs (id INTEGER PRIMARY KEY AUTOINCREMENT, task_id TEXT NOT NULL, run_at TEXT NOT NULL,
    duration_ms INTEGER NOT NULL, status TEXT NOT NULL, result TEXT, error TEXT,
    FOREIGN KEY (task_id) REFERENCES scheduled_tasks(id));
  CREATE INDEX idx_task_run_logs ON task_run_logs(task_id, run_at);
  CREATE TABLE router_state (key TEXT PRIMARY KEY, value TEXT NOT NULL);
  CREATE TABLE sessions (group_folder TEXT PRIMARY KEY, session_id TEXT NOT NULL);
  CREATE TABLE registered_groups (jid TEXT PRIMARY KEY, name TEXT NOT NULL, folder TEXT NOT NULL UNIQUE,
    trigger_pattern TEXT NOT NULL, added_at TEXT NOT NULL, container_config TEXT, requires_trigger INTEGER DEFAULT 1,
    is_main INTEGER DEFAULT 0);
`;

/** An early one: no channel, no bot mark, no replies, no main mark. */
const EARLY_V1 = `
  CREATE TABLE chats (jid TEXT PRIMARY KEY, name TEXT, last_message_time TEXT);
  CREATE TABLE messages (id TEXT, chat_jid TEXT, sender TEXT, sender_name TEXT, content TEXT, timestamp TEXT,
    is_from_me INTEGER, PRIMARY KEY (id, chat_jid), FOREIGN KEY (chat_jid) REFERENCES chats(jid));
  CREATE TABLE registered_groups (jid TEXT PRIMARY KEY, name TEXT NOT NULL, folder TEXT NOT NULL UNIQUE,
    trigger_pattern TEXT NOT NULL, added_at TEXT NOT NULL);
  CREATE TABLE router_state (key TEXT PRIMARY KEY, value TEXT NOT NULL);
`;

function makeV1(schema: string, fill: (database: Database) => void): void {
  const database = new Sqlite(file);
  database.exec(schema);
  fill(database);
  database.close();
}

function addMessages(database: Database, chat: string, ...minutes: number[]): void {
  const insert = database.prepare(
    'INSERT INTO messages (id, chat_jid, sender, sender_name, content, timestamp, is_from_me) VALUES (?, ?, ?, ?, ?, ?, 0)',
  );
  for (const minute of minutes) {
    insert.run(
      `${chat}-${minute}`,
      chat,
      'ann',
      'Ann',
      `at ${minute}`,
      `2026-01-01T00:${String(minute).padStart(2, '0')}:00.000Z`,
    );
  }
}

function addGroup(database: Database, jid: string, folder: string): void {
  database.prepare('INSERT INTO chats (jid, name) VALUES (?, ?)').run(jid, folder);
  const insert = 'INSERT INTO registered_groups (jid, name, folder, trigger_pattern, added_at) VALUES (?, ?, ?, ?, ?)';
  database.prepare(insert).run(jid, folder, folder, '@Andy', '2026-01-01');
}

function setCursors(database: Database, value: string): void {
  database.prepare("INSERT INTO router_state VALUES ('last_agent_timestamp', ?)").run(value);
}

const contents = (database: Database): unknown[] =>
  database.prepare('SELECT content FROM messages ORDER BY seq').pluck().all();
const handled = (database: Database): Record<string, string | null> =>
  Object.fromEntries(
    database
      .prepare(`SELECT folder, (SELECT content FROM messages WHERE seq = handled_seq) FROM registered_groups`)
      .raw()
      .all() as [string, string | null][],
  );

describe('a database of the last v1', () => {
  test('keeps every row of every table, with messages in the order of their time', () => {
    makeV1(LAST_V1, (database) => {
      addGroup(database, 'tg:1', 'main');
      addGroup(database, 'tg:2', 'friends');
      addMessages(database, 'tg:1', 3, 1);
      addMessages(database, 'tg:2', 2);
      database.exec(`
        UPDATE messages SET reply_to_message_id = 'r', reply_to_message_content = 'q', reply_to_sender_name = 'Bob' WHERE id = 'tg:2-2';
        UPDATE registered_groups SET is_main = 1, container_config = '{"timeout":5}' WHERE folder = 'main';
        INSERT INTO scheduled_tasks VALUES ('t', 'main', 'tg:1', 'p', 'cron', '0 9 * * *', NULL, NULL, NULL, 'paused', 'c', 'group', 's');
        INSERT INTO task_run_logs VALUES (7, 't', 'r', 5, 'success', 'x', NULL);
        INSERT INTO sessions VALUES ('main', 'session-1');`);
    });
    const before = new Sqlite(file, { readonly: true });
    const tables = ['chats', 'scheduled_tasks', 'task_run_logs', 'router_state', 'sessions'];
    const rowsOf = (database: Database): unknown[] =>
      tables.map((table) => database.prepare(`SELECT * FROM ${table}`).all());
    const old = rowsOf(before);
    before.close();

    const database = openStore(file);

    // Tables may have got columns; those of v1 are as they were.
    expect(rowsOf(database)).toMatchObject(old);
    expect(contents(database)).toEqual(['at 1', 'at 2', 'at 3']);
    expect(database.prepare("SELECT * FROM messages WHERE id = 'tg:2-2'").get()).toMatchObject({
      seq: 2,
      chat_jid: 'tg:2',
      sender_name: 'Ann',
      reply_to_message_id: 'r',
      reply_to_message_content: 'q',
      reply_to_sender_name: 'Bob',
    });
    expect(
      database.prepare("SELECT is_main, container_config FROM registered_groups WHERE folder = 'main'").get(),
    ).toEqual({
      is_main: 1,
      container_config: '{"timeout":5}',
    });
    database.close();
  });

  test('is copied first, once, and the copy still is what it was', () => {
    makeV1(LAST_V1, (database) => {
      addGroup(database, 'tg:1', 'main');
      addMessages(database, 'tg:1', 1);
    });
    // What a crash in the middle of copying leaves behind.
    writeFileSync(`${file}.v1-backup.unfinished`, 'half a copy');

    openStore(file).close();

    const copy = new Sqlite(`${file}.v1-backup`);
    expect(copy.pragma('user_version', { simple: true })).toBe(0);
    expect(copy.prepare('SELECT id FROM messages').pluck().all()).toEqual(['tg:1-1']);
    copy.close();
    expect(existsSync(`${file}.v1-backup.unfinished`)).toBe(false);
    const bytes = readFileSync(`${file}.v1-backup`);
    openStore(file).close();
    expect(readFileSync(`${file}.v1-backup`)).toEqual(bytes);
  });

  test('goes on where v1 had come to, so that nothing is answered twice and nothing is passed over', () => {
    makeV1(LAST_V1, (database) => {
      for (const [jid, folder] of [
        ['a', 'with-cursor'],
        ['b', 'with-bot'],
        ['c', 'never-answered'],
      ] as const) {
        addGroup(database, jid, folder);
        addMessages(database, jid, 1, 2, 3);
      }
      database.exec("UPDATE messages SET is_bot_message = 1 WHERE id = 'b-1'");
      setCursors(database, JSON.stringify({ a: '2026-01-01T00:02:00.000Z', elsewhere: 'x' }));
    });

    const database = openStore(file);

    expect(handled(database)).toEqual({ 'with-cursor': 'at 2', 'with-bot': 'at 1', 'never-answered': null });
    database.close();
  });

  test.each(['not json', '[]', '"text"', '{"a":{"deep":1}}', ''])(
    'with the damaged cursor %j is upgraded all the same',
    (value) => {
      makeV1(LAST_V1, (database) => {
        addGroup(database, 'a', 'main');
        addMessages(database, 'a', 1);
        setCursors(database, value);
      });

      const database = openStore(file);

      expect(contents(database)).toEqual(['at 1']);
      database.close();
    },
  );

  test('with rows that no foreign key would allow keeps them', () => {
    makeV1(LAST_V1, (database) => {
      database.pragma('foreign_keys = OFF');
      addMessages(database, 'nobody', 1);
      database.exec(
        "INSERT INTO messages (id, chat_jid, content) VALUES (NULL, NULL, 'nothing'), (NULL, NULL, 'at all')",
      );
    });

    const database = openStore(file);

    expect(contents(database).sort()).toEqual(['at 1', 'at all', 'nothing']);
    expect(database.pragma('foreign_key_check')).toEqual([]);
    database.close();
  });
});

describe('a database of an early v1', () => {
  test('gets what later releases added, filled in as they did', () => {
    makeV1(EARLY_V1, (database) => {
      addGroup(database, '1@g.us', 'main');
      addGroup(database, '2@s.whatsapp.net', 'friends');
      addMessages(database, '1@g.us', 1, 2);
      database.exec("UPDATE messages SET content = 'Andy: I am here' WHERE id = '1@g.us-1'");
    });

    const database = openStore(file);

    expect(
      database.prepare('SELECT folder, is_main, requires_trigger FROM registered_groups ORDER BY folder').raw().all(),
    ).toEqual([
      ['friends', 0, 1],
      ['main', 1, 1],
    ]);
    expect(database.prepare('SELECT jid, channel, is_group FROM chats ORDER BY jid').raw().all()).toEqual([
      ['1@g.us', 'whatsapp', 1],
      ['2@s.whatsapp.net', 'whatsapp', 0],
    ]);
    expect(database.prepare('SELECT content FROM messages WHERE is_bot_message = 1').pluck().all()).toEqual([
      'Andy: I am here',
    ]);
    expect(handled(database)).toMatchObject({ main: 'Andy: I am here' });
    database.close();
  });
});
