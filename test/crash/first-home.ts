import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import type { CrashPlatform } from './platform.ts';
import type { Asked } from './witness.ts';

const time = (minute: number): string => `2026-03-05T09:${String(minute).padStart(2, '0')}:00.000Z`;

/**
 * The home of the first host: as an early v1 left it, messages in the database and all other state in files, with one
 * question in each chat that nobody has answered. Hosts die in the middle of taking it over.
 */
export function makeFirstHome(home: string, asked: readonly Asked[], { jidOf }: Pick<CrashPlatform, 'jidOf'>): void {
  const chats = asked.map(({ chatId }) => chatId);
  for (const directory of ['store', 'data']) mkdirSync(join(home, directory));
  const database = new Sqlite(join(home, 'store', 'messages.db'));
  database.exec(`
    CREATE TABLE chats (jid TEXT PRIMARY KEY, name TEXT, last_message_time TEXT);
    CREATE TABLE messages (id TEXT, chat_jid TEXT, sender TEXT, sender_name TEXT, content TEXT, timestamp TEXT,
      is_from_me INTEGER, PRIMARY KEY (id, chat_jid), FOREIGN KEY (chat_jid) REFERENCES chats(jid));`);
  for (const { token, chatId: chat } of asked) {
    const say = database.prepare(`INSERT INTO messages VALUES (?, '${jidOf(chat)}', 'u1', 'Ann', ?, ?, 0)`);
    database.prepare('INSERT INTO chats VALUES (?, ?, ?)').run(jidOf(chat), `chat ${chat}`, time(2));
    say.run('old1', 'long ago', time(1));
    say.run('old2', `${token}?`, time(2));
  }
  database.close();
  const state = {
    'router_state.json': {
      last_timestamp: time(2),
      last_agent_timestamp: Object.fromEntries(chats.map((chat) => [jidOf(chat), time(1)])),
    },
    'sessions.json': { main: 'v1-session' },
    'registered_groups.json': Object.fromEntries(chats.map((chat, index) => [jidOf(chat), registration(chat, index)])),
  };
  for (const [name, value] of Object.entries(state)) writeFileSync(join(home, 'data', name), JSON.stringify(value));
}

function registration(chat: number, index: number) {
  const folder = index === 0 ? 'main' : `tg_${chat}`;
  return { name: `${chat}`, folder, trigger: '@Andy', added_at: time(0), requiresTrigger: false };
}
