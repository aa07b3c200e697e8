import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { groupNumber, messageFor, startBareEngine } from './bare-engine.ts';
import { alternate, nowMs, type Row } from './row.ts';

const RUNS = 8;
const GROUPS = 10;

/** Messages of one sample. */
const MESSAGES = 400;

/** Ours may take so much longer for a message: then it takes at least 0.6 of the floor's messages in a second. */
const AT_MOST = 1.67;

export const inboxRate: Row = {
  id: 'B5',
  title: 'inbox: one message accepted, durably',
  dependsOnDriver: false,
  async measure({ runs = RUNS }) {
    const bare = await startBareEngine({ groups: GROUPS, script: async () => undefined });
    const floor = openFloor(join(bare.home, 'floor.db'), bare.stores.database);
    try {
      const chat = (index: number) => ({ jid: groupNumber(index % GROUPS), channel: 'bench', isGroup: true });
      const samples = await alternate({
        count: runs,
        ours: async () =>
          timeEach((index) => {
            const info = chat(index);
            bare.engine.inbox.receive(info, messageFor(info.jid, 'people talk among themselves'));
          }),
        floor: async () => timeEach((index) => floor.insert(messageFor(groupNumber(index % GROUPS), 'the same text'))),
      });
      const notes = [`${MESSAGES} messages a sample, each in a transaction of its own with synchronous=FULL`];
      const rule = { by: 'ratio', atMost: AT_MOST } as const;
      return [{ phase: 'measured', row: this.id, what: this.title, unit: 'ms', ...samples, rule, notes }];
    } finally {
      floor.close();
      await bare.end();
    }
  },
};

async function timeEach(take: (index: number) => void): Promise<number> {
  const startMs = nowMs();
  for (let index = 0; index < MESSAGES; index++) take(index);
  return (nowMs() - startMs) / MESSAGES;
}

/** The same rows in the same tables, the chat's included, by nothing but the driver. */
function openFloor(file: string, like: Sqlite.Database) {
  const database = new Sqlite(file);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  const schema = like
    .prepare(
      "SELECT sql FROM sqlite_master WHERE tbl_name IN ('chats', 'messages') AND type <> 'trigger' AND sql IS NOT NULL",
    )
    .pluck()
    .all() as string[];
  for (const statement of schema.sort((a, b) => Number(a.includes('INDEX')) - Number(b.includes('INDEX')))) {
    database.exec(statement);
  }
  for (let index = 0; index < GROUPS; index++) {
    database.prepare('INSERT INTO chats (jid, name) VALUES (?, ?)').run(groupNumber(index), `chat ${index}`);
  }
  const insert = database.prepare(`
    INSERT INTO messages (id, chat_jid, sender, sender_name, content, timestamp, is_from_me, is_bot_message)
    VALUES (@id, @chatJid, @sender, @senderName, @content, @timestamp, 0, 0)`);
  const touch = database.prepare(`
    INSERT INTO chats (jid, name, last_message_time) VALUES (@chatJid, @chatJid, @timestamp)
    ON CONFLICT (jid) DO UPDATE SET last_message_time = @timestamp`);
  const store = database.transaction((message: object) => {
    touch.run(message);
    insert.run(message);
  });
  return { insert: (message: object) => store(message), close: () => database.close() };
}
