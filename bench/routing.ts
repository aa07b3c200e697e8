import { type BareEngine, groupNumber, messageFor, startBareEngine } from './bare-engine.ts';
import { alternate, nowMs, type Row } from './row.ts';

const RUNS = 60;
const SMALL = { messages: 10_000, groups: 10 };
const LARGE = { messages: 1_000_000, groups: 1_000 };

export const routing: Row = {
  id: 'B6',
  title: 'routing a message with 1,000,000 messages and 1,000 groups stored',
  dependsOnDriver: false,
  async measure({ runs = RUNS, say }) {
    const large = await startFilled(LARGE, say);
    try {
      const small = await startFilled(SMALL, say);
      try {
        const samples = await alternate({
          count: runs,
          ours: (index) => large.route(index),
          floor: (index) => small.route(index),
        });
        const notes = ['from the hand-over by the channel until the prompt is on its way into the (fake) sandbox'];
        const rule = { by: 'ratio', atMost: 1.2 } as const;
        return [{ phase: 'measured', row: this.id, what: this.title, unit: 'ms', ...samples, rule, notes }];
      } finally {
        await small.bare.end();
      }
    } finally {
      await large.bare.end();
    }
  },
};

/** A host whose groups have all been answered long ago; `route` gives the milliseconds that one message takes. */
export async function startFilled(size: { messages: number; groups: number }, say: (line: string) => void) {
  say(`storing ${size.messages} messages of ${size.groups} groups`);
  let started = (): void => undefined;
  const bare = await startBareEngine({
    groups: size.groups,
    script: async (run) => {
      started();
      run.answer(null, 0);
    },
    fill: (stores) => fill(stores.database, size),
  });
  await warmUp(bare);
  return {
    bare,
    async route(index: number): Promise<number> {
      const jid = groupNumber((index * 7) % size.groups);
      const isStarted = new Promise<void>((resolve) => (started = resolve));
      const startMs = nowMs();
      bare.engine.inbox.receive({ jid, channel: 'bench', isGroup: true }, messageFor(jid, '@Andy hello'));
      await isStarted;
      const ms = nowMs() - startMs;
      await rested(bare);
      return ms;
    },
  };
}

function fill(database: BareEngine['stores']['database'], { messages, groups }: { messages: number; groups: number }) {
  const insert = database.prepare(`
    INSERT INTO messages (id, chat_jid, sender, sender_name, content, timestamp, is_from_me, is_bot_message)
    VALUES (?, ?, 'bench:ann', 'Ann', ?, '2026-01-01T00:00:00.000Z', 0, ?)`);
  for (let index = 0; index < messages; index++) {
    insert.run(`old${index}`, groupNumber(index % groups), `what was said long ago, number ${index}`, index % 2);
  }
  database.exec('UPDATE registered_groups SET handled_seq = (SELECT MAX(seq) FROM messages)');
}

/** The first message of a host loads what every later one uses. */
async function warmUp(bare: BareEngine): Promise<void> {
  const jid = groupNumber(0);
  bare.engine.inbox.receive({ jid, channel: 'bench', isGroup: true }, messageFor(jid, '@Andy hello'));
  await new Promise((resolve) => setTimeout(resolve, 200));
  await rested(bare);
}

async function rested({ engine }: BareEngine): Promise<void> {
  while (engine.queue.state().places.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
}
