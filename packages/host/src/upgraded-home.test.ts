import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anEngine, type EngineUnderTest, repeatingScript, until } from '@nanoclaw/testkit';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ChatJid } from './messages/message.ts';

/*
 * A home as v1 leaves it, taken over by the whole message path: what was answered stays answered, what waited is
 * answered at once, and the next message of each chat meets the session that v1 had with it.
 */

const CHATS: Readonly<Record<string, string>> = {
  main: '491700@s.whatsapp.net',
  family: '1203-17@g.us',
  telegram_dev: 'tg:-100123',
  slack_work: 'slack:C0AB',
  discord_games: 'dc:998877',
  gmail_bills: 'gmail:18c0ffee',
};

const time = (minute: number): string => `2026-03-05T09:${String(minute).padStart(2, '0')}:00.000Z`;

let home: string;
let running: EngineUnderTest | undefined;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'nanoclaw-v1-home-'));
  for (const directory of ['store', 'data', 'groups']) mkdirSync(join(home, directory));
});
afterEach(async () => {
  await running?.crash();
  running = undefined;
  rmSync(home, { recursive: true, force: true });
});

/** The database of a v1 that had tables for its state; `waiting` chats have a message that nobody answered. */
function makeDatabase(waiting: readonly string[]): void {
  const database = new Sqlite(join(home, 'store', 'messages.db'));
  database.exec(`
    CREATE TABLE chats (jid TEXT PRIMARY KEY, name TEXT, last_message_time TEXT);
    CREATE TABLE messages (id TEXT, chat_jid TEXT, sender TEXT, sender_name TEXT, content TEXT, timestamp TEXT,
      is_from_me INTEGER, PRIMARY KEY (id, chat_jid), FOREIGN KEY (chat_jid) REFERENCES chats(jid));
    CREATE TABLE router_state (key TEXT PRIMARY KEY, value TEXT NOT NULL);
    CREATE TABLE sessions (group_folder TEXT PRIMARY KEY, session_id TEXT NOT NULL);
    CREATE TABLE registered_groups (jid TEXT PRIMARY KEY, name TEXT NOT NULL, folder TEXT NOT NULL UNIQUE,
      trigger_pattern TEXT NOT NULL, added_at TEXT NOT NULL, container_config TEXT, requires_trigger INTEGER DEFAULT 1);`);
  const say = database.prepare("INSERT INTO messages VALUES (?, ?, 'u1', 'Ann', ?, ?, 0)");
  for (const [folder, jid] of Object.entries(CHATS)) {
    database.prepare('INSERT INTO chats VALUES (?, ?, ?)').run(jid, folder, time(3));
    database
      .prepare('INSERT INTO registered_groups VALUES (?, ?, ?, ?, ?, NULL, 1)')
      .run(jid, folder, folder, '@Andy', time(0));
    database.prepare('INSERT INTO sessions VALUES (?, ?)').run(folder, `v1-session-${folder}`);
    say.run('m1', jid, '@Andy answered long ago', time(1));
    if (waiting.includes(folder)) say.run('m2', jid, '@Andy nobody has answered this', time(3));
  }
  const cursors = Object.fromEntries(Object.values(CHATS).map((jid) => [jid, time(1)]));
  database.prepare("INSERT INTO router_state VALUES ('last_agent_timestamp', ?)").run(JSON.stringify(cursors));
  database.close();
}

/** The same state as the releases before had it: messages in the database, everything else in files. */
function makeJsonEra(): void {
  makeDatabase([]);
  const database = new Sqlite(join(home, 'store', 'messages.db'));
  database.exec('DROP TABLE router_state; DROP TABLE sessions; DROP TABLE registered_groups');
  database.close();
  const groups = Object.entries(CHATS).map(([folder, jid]) => [
    jid,
    { name: folder, folder, trigger: '@Andy', added_at: time(0) },
  ]);
  const files = {
    'router_state.json': {
      last_timestamp: time(1),
      last_agent_timestamp: Object.fromEntries(Object.values(CHATS).map((jid) => [jid, time(1)])),
    },
    'sessions.json': Object.fromEntries(Object.keys(CHATS).map((folder) => [folder, `v1-session-${folder}`])),
    'registered_groups.json': Object.fromEntries(groups),
  };
  for (const [name, value] of Object.entries(files)) writeFileSync(join(home, 'data', name), JSON.stringify(value));
}

function start(): EngineUnderTest {
  running = anEngine({
    home,
    scriptOf: () => repeatingScript(() => 'done'),
    settings: { MAX_CONCURRENT_CONTAINERS: '10' },
  });
  return running;
}

function hear(engine: EngineUnderTest, folder: string, content: string): void {
  const chatJid = CHATS[folder] as ChatJid;
  const message = { id: 'new', chatJid, sender: 'u1', senderName: 'Ann', content, timestamp: time(50) };
  engine.engine.inbox.receive({ jid: chatJid, channel: 'test', isGroup: true }, message);
}

const folders = Object.keys(CHATS);

describe.each([
  ['with its state in tables', () => makeDatabase([])],
  ['with its state in files', makeJsonEra],
])('a home of v1 %s', (_, make) => {
  test('answers the next message of each chat in its old session, and nothing else', async () => {
    make();
    const engine = start();
    expect(engine.stores.groups.main()?.folder).toBe('main');

    for (const folder of folders) hear(engine, folder, '@Andy something new');

    await until('every chat has a run', () => engine.driver.runs.length === folders.length);
    const inputs = engine.driver.runs.map(({ input }) => input);
    expect(Object.fromEntries(inputs.map(({ groupFolder, sessionId }) => [groupFolder, sessionId]))).toEqual(
      Object.fromEntries(folders.map((folder) => [folder, `v1-session-${folder}`])),
    );
    for (const { prompt } of inputs) {
      expect(prompt).toContain('something new');
      expect(prompt).not.toContain('answered long ago');
    }
  });
});

test('what waited when v1 was stopped is answered at the first start, and only that', async () => {
  makeDatabase(['family', 'gmail_bills']);

  const engine = start();

  await until('both chats have a run', () => engine.driver.runs.length === 2);
  await until('both are answered', () => {
    const { done } = engine.stores.turns.counts();
    return done === 2;
  });
  const inputs = engine.driver.runs.map(({ input }) => input);
  expect(inputs.map(({ groupFolder }) => groupFolder).sort()).toEqual(['family', 'gmail_bills']);
  for (const { prompt } of inputs) {
    expect(prompt).toContain('nobody has answered this');
    expect(prompt).not.toContain('answered long ago');
  }
  // A second start finds nothing to do.
  await engine.crash();
  const again = start();
  hear(again, 'main', 'hello');
  await until('main has a run', () => again.driver.runs.length === 1);
  expect(again.driver.runs[0]?.input).toMatchObject({ groupFolder: 'main', sessionId: 'v1-session-main' });
});

test('what v1 left in a mailbox is neither read nor an obstacle', async () => {
  makeDatabase(['family']);
  const mailbox = join(home, 'data', 'ipc', 'family');
  for (const folder of ['input', 'messages', 'tasks']) mkdirSync(join(mailbox, folder), { recursive: true });
  writeFileSync(join(mailbox, 'input', '_close'), '');
  writeFileSync(join(mailbox, 'input', '1772701200000-ab12.json'), '{"type":"message","text":"stale"}');
  writeFileSync(join(mailbox, 'input', '1772701200001-cd34.json.tmp'), '{"type":"mess');
  mkdirSync(join(home, 'data', 'sessions', 'family', 'agent-runner-src'), { recursive: true });
  const settings = join(home, 'data', 'sessions', 'family', '.claude', 'settings.json');
  mkdirSync(join(settings, '..'));
  writeFileSync(settings, '{"env":{"CLAUDE_CODE_DISABLE_AUTO_MEMORY":"0"}}');

  const engine = start();

  await until('it is answered', () => engine.stores.turns.counts()['done'] === 1);
  expect(engine.driver.runs).toHaveLength(1);
  expect(engine.driver.runs[0]?.isStopped()).toBe(false);
});
