import { setTimeout as sleep } from 'node:timers/promises';
import { openOfflineHome } from '@nanoclaw/host/app.js';
import { registerGroup } from '@nanoclaw/host/flows/manage-groups.js';
import type { ChatJid } from '@nanoclaw/host/messages/message.js';
import { listenPracticeModel } from '@nanoclaw/model-practice';
import { startTelegramServer, type TelegramServer, until } from '@nanoclaw/testkit';
import { makePlace, openBareSession, runnerOptions } from './bare-session.ts';
import { type BenchHome, makeHome } from './bench-home.ts';
import { messagePrompt } from './message-prompt.ts';
import { memoryOf } from './processes.ts';
import { alternate, nowMs, type Row } from './row.ts';
import { HOST, hostEnvironment, startProcess } from './start-process.ts';

const RUNS = 30;
const GROUPS = 50;
/** Fewer than groups, so that they wait for each other. */
const SANDBOXES = 10;
const REST_MS = 250;
const ALL_ANSWERED_MS = 300_000;
const MEGABYTE = 2 ** 20;
const FIRST_CHAT = 1_000;

/** The built host with fifty Telegram chats and the practice model, each an own process or server on loopback. */
export const fiftyGroups: Row = {
  id: 'B13',
  title: 'fifty groups over Telegram',
  dependsOnDriver: false,
  async measure({ runs = RUNS, say }, driver) {
    const telegram = await startTelegramServer();
    const model = await listenPracticeModel({ port: 0 });
    const settings = {
      TELEGRAM_BOT_TOKEN: telegram.token,
      TELEGRAM_API_ROOT: telegram.root,
      MAX_CONCURRENT_CONTAINERS: String(SANDBOXES),
    };
    const home = makeHome({ driver, modelUrl: model.url, settings });
    registerChats(home);
    const host = await startProcess(HOST, hostEnvironment(driver, home));
    const place = makePlace();
    const bare = openBareSession(runnerOptions(place, model.url));
    try {
      say(`B13 asks ${GROUPS} chats at once, ${SANDBOXES} sandboxes`);
      const coldMs = await askAll(telegram);
      await bare.push(messagePrompt(1, 'hello'));
      // The last that were answered are those whose sandboxes live.
      const live = [...new Set(telegram.sent.map(({ chatId }) => Number(chatId)))].slice(-SANDBOXES);
      const warm = await alternate({
        count: runs,
        async ours(index) {
          await sleep(REST_MS);
          return timeToAnswer(telegram, live[index % live.length] ?? FIRST_CHAT, `follow-up ${index}`);
        },
        async floor(index) {
          await sleep(REST_MS);
          const startMs = nowMs();
          await bare.push(messagePrompt(2 * index + 3, `follow-up ${index}`));
          return nowMs() - startMs;
        },
      });
      const resident = memoryOf([host.pid]).resident / MEGABYTE;
      const common = { phase: 'measured', row: this.id } as const;
      return [
        {
          ...{ ...common, what: 'warm turn over Telegram: written to answered', unit: 'ms', ...warm },
          rule: { by: 'difference', atMost: 100 },
          notes: [`${GROUPS} chats asked at once, ${SANDBOXES} places: all answered after ${Math.round(coldMs)} ms`],
        },
        {
          ...{ ...common, what: 'resident memory of the host after it', unit: 'MB', ours: [resident] },
          rule: { by: 'value', atMost: 120 },
        },
      ];
    } finally {
      await bare.end();
      await host.end();
      await model.close();
      await telegram.close();
      await home.remove();
      await place.remove();
    }
  },
};

function registerChats({ config }: BenchHome): void {
  const { manage, close } = openOfflineHome(config);
  for (let chat = FIRST_CHAT; chat < FIRST_CHAT + GROUPS; chat++) {
    registerGroup(manage, {
      jid: `tg:${chat}` as ChatJid,
      name: `chat-${chat}`,
      folder: `chat-${chat}`,
      requiresTrigger: false,
    });
  }
  close();
}

/** Everybody asks at the same time; milliseconds until everybody has an answer. Throws when somebody gets none. */
async function askAll(telegram: TelegramServer): Promise<number> {
  const startMs = nowMs();
  for (let chat = FIRST_CHAT; chat < FIRST_CHAT + GROUPS; chat++) telegram.write(chat, 'hello');
  const answered = (): number => new Set(telegram.sent.map(({ chatId }) => chatId)).size;
  await until('every chat has an answer', () => answered() === GROUPS, ALL_ANSWERED_MS);
  return nowMs() - startMs;
}

async function timeToAnswer(telegram: TelegramServer, chat: number, text: string): Promise<number> {
  const count = (): number => telegram.sent.filter(({ chatId }) => chatId === String(chat)).length;
  const before = count();
  const startMs = nowMs();
  telegram.write(chat, text);
  await until('the follow-up is answered', () => count() > before);
  return nowMs() - startMs;
}
