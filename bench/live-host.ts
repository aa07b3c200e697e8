import { setTimeout as sleep } from 'node:timers/promises';
import { startHost } from '@nanoclaw/host/app.js';
import type { RunningHost } from '@nanoclaw/host/cli/cli-deps.js';
import type { ChatJid } from '@nanoclaw/host/messages/message.js';
import { until } from '@nanoclaw/testkit';
import { type HomeOptions, makeHome } from './bench-home.ts';
import { type RecordingModel, startRecordingModel } from './recording-model.ts';
import { nowMs } from './row.ts';
import { endsOnce } from './tidy-up.ts';

const STATUS_STEP_MS = 100;

/** The whole product in this process, on a temporary home, talking to a recording model of its own. */
export interface LiveHost {
  readonly model: RecordingModel;
  readonly running: RunningHost;
  /** Says something; milliseconds until the model request that it led to had arrived. */
  timeToModel(chat: ChatJid, text: string): Promise<number>;
  /** Resolves when the chat's agent, which was asked something, has answered it. */
  answered(chat: ChatJid): Promise<void>;
  /** Resolves when no sandbox is left. */
  empty(): Promise<void>;
  end(): Promise<void>;
}

export async function startLiveHost(options: Omit<HomeOptions, 'modelUrl'>): Promise<LiveHost> {
  const model = await startRecordingModel();
  const home = makeHome({ ...options, modelUrl: model.url });
  const quiet = { report: () => {}, logTo: 'file', version: 'bench' } as const;
  let running: RunningHost;
  try {
    running = await startHost(home.config, { ...quiet, environment: options.driver.environment });
  } catch (error) {
    await home.remove();
    await model.close();
    throw error;
  }
  return {
    model,
    running,
    async timeToModel(chat, text) {
      const before = model.count();
      const startMs = nowMs();
      running.local.say(chat, text);
      return (await model.requestAfter(before)).receivedAtMs - startMs;
    },
    answered: (chat) =>
      new Promise((resolve) => {
        const leave = running.local.watch(chat, (event) => {
          if (event.kind !== 'typing' || event.isTyping) return;
          // The first event comes before `watch` returns.
          queueMicrotask(() => leave());
          resolve();
        });
      }),
    async empty() {
      // Asking for the status tries the sandbox out: not too often, while others are being measured.
      await until('no sandbox is left', async () => {
        await sleep(STATUS_STEP_MS);
        return (await running.status()).live.length === 0;
      });
    },
    end: endsOnce(async () => {
      await running.stopNow();
      await model.close();
      await home.remove();
    }),
  };
}
