import { statSync } from 'node:fs';
import { homePaths } from '@nanoclaw/host/config/home-files.js';
import { insertTask } from '@nanoclaw/testkit';
import { groupNumber, messageFor, startBareEngine } from './bare-engine.ts';
import { startFilled } from './routing.ts';
import { alternate, nowMs, type Row } from './row.ts';

const RUNS = 60;
/** How often a look at the tasks is repeated for one sample: one alone takes too little to be timed. */
const LOOKS = 50;
const FEW = 10;
const MANY_GROUPS = 5_000;
const MANY_TASKS = 10_000;
const KEPT_MESSAGES = 5_000;
const KILOBYTE = 1_024;

/** What one more message, group or task costs when there are many already; B6 looks at a million messages. */
export const growth: Row = {
  id: 'B14',
  title: 'growth',
  dependsOnDriver: false,
  async measure({ runs = RUNS, say }) {
    const common = { phase: 'measured', row: this.id } as const;
    const routed = await routeAmongGroups(runs, say);
    const looked = await lookAmongTasks(runs);
    const disk = await diskOfMessages();
    return [
      {
        ...{ ...common, what: `routing a message with ${MANY_GROUPS} groups`, unit: 'ms', ...routed },
        rule: { by: 'ratio', atMost: 1.2 },
        notes: [`beside ${FEW} groups, as many messages for each`],
      },
      {
        ...{ ...common, what: `looking what is due among ${MANY_TASKS} tasks`, unit: 'ms', ...looked },
        rule: { by: 'ratio', atMost: 1.2 },
        notes: [`beside ${FEW} tasks; none of them is due`],
      },
      {
        ...{ ...common, what: 'disk for 1,000 messages of 80 characters', unit: 'KB', ours: [disk] },
        rule: { by: 'value', atMost: 600 },
        notes: ['the database with its search index, after a checkpoint'],
      },
    ];
  },
};

async function routeAmongGroups(runs: number, say: (line: string) => void) {
  const many = await startFilled({ messages: MANY_GROUPS * FEW, groups: MANY_GROUPS }, say);
  const few = await startFilled({ messages: FEW * FEW, groups: FEW }, say);
  try {
    return await alternate({ count: runs, ours: (index) => many.route(index), floor: (index) => few.route(index) });
  } finally {
    await few.bare.end();
    await many.bare.end();
  }
}

/** What the task loop asks the database at every look. */
async function lookAmongTasks(runs: number) {
  const many = await startWithTasks(MANY_TASKS);
  const few = await startWithTasks(FEW);
  const look = async ({ stores }: typeof many): Promise<number> => {
    const startMs = nowMs();
    for (let times = 0; times < LOOKS; times++) {
      stores.taskRuns.running();
      stores.tasks.due(Date.now(), 100);
      stores.taskRuns.claimed();
      stores.tasks.nextDueAt();
    }
    return (nowMs() - startMs) / LOOKS;
  };
  try {
    return await alternate({ count: runs, ours: () => look(many), floor: () => look(few) });
  } finally {
    await few.end();
    await many.end();
  }
}

function startWithTasks(count: number) {
  const far = { type: 'interval', value: '3600000', nextRun: '2126-01-01T00:00:00.000Z' };
  return startBareEngine({
    groups: 1,
    script: async () => undefined,
    fill({ database }) {
      for (let index = 0; index < count; index++) insertTask(database, { ...far, id: `task-${index}` });
    },
  });
}

async function diskOfMessages(): Promise<number> {
  const bare = await startBareEngine({ groups: 1, script: async () => undefined });
  const { database: file } = homePaths(bare.home);
  const { database, messages } = bare.stores;
  const sizeNow = (): number => {
    database.pragma('wal_checkpoint(TRUNCATE)');
    return statSync(file).size;
  };
  try {
    const before = sizeNow();
    const jid = groupNumber(0);
    const info = { jid, channel: 'bench', isGroup: true };
    for (let index = 0; index < KEPT_MESSAGES; index++) {
      const text = `${index} what people talk about among themselves when nobody has to listen to it at all`;
      bare.engine.inbox.receive(info, messageFor(jid, text.slice(0, 80)));
    }
    while (messages.indexMessages(KEPT_MESSAGES) > 0);
    return (sizeNow() - before) / KILOBYTE / (KEPT_MESSAGES / 1_000);
  } finally {
    await bare.end();
  }
}
