import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startHost } from '@nanoclaw/host/app.js';
import type { ConversationMessage } from '@nanoclaw/host/channels/local/conversation-event.js';
import type { RunningHost } from '@nanoclaw/host/cli/cli-deps.js';
import { loadConfig } from '@nanoclaw/host/config/config.js';
import type { HostStatus } from '@nanoclaw/host/flows/host-status.js';
import type { DialDeps } from '@nanoclaw/host/gateway/dial.js';
import type { ChatJid } from '@nanoclaw/host/messages/message.js';
import { listenPracticeModel, type PortListener, type ScriptStep } from '@nanoclaw/model-practice';
import { until } from '@nanoclaw/testkit';
import { controlRequest } from './control-request.ts';
import { type Engine, PRODUCT_IMAGE } from './engines.ts';

/** A real host on a temporary home, with a recording model server on loopback. */
export interface HostUnderTest {
  readonly home: string;
  readonly model: PortListener;
  readonly host: RunningHost;
  /** Says something in a chat and gives what the assistant answers until it has nothing left to do. */
  ask(text: string, chat?: string): Promise<string>;
  say(text: string, chat?: string): number;
  answers(chat: string, afterSeq: number): ConversationMessage[];
  status(): Promise<HostStatus>;
  restart(settings?: Record<string, string>): Promise<void>;
  end(): Promise<void>;
}

export interface HostOptions {
  readonly engine: Engine;
  readonly script?: readonly ScriptStep[];
  /** Environment of the host on top of the usual one. */
  readonly settings?: Record<string, string>;
  /** Credential and address of the model service; default: a key for the recording server. */
  readonly credential?: Record<string, string>;
  /** The internet as the host finds it. */
  readonly dial?: DialDeps;
}

export const TEST_KEY = 'sk-ant-test-0f9d2c7be1real';

export async function aHost(options: HostOptions): Promise<HostUnderTest> {
  const home = mkdtempSync(join(tmpdir(), 'nanoclaw-e2e-'));
  const model = await listenPracticeModel({ port: 0 });
  model.model.enqueue(...(options.script ?? []));
  const credential = options.credential ?? { ANTHROPIC_API_KEY: TEST_KEY, ANTHROPIC_BASE_URL: model.url };

  function start(settings: Record<string, string> = {}): Promise<RunningHost> {
    const { sandbox } = options.engine;
    const usual = {
      NANOCLAW_HOME: home,
      SANDBOX: sandbox,
      CONTAINER_IMAGE: PRODUCT_IMAGE,
      TZ: 'UTC',
      LOG_LEVEL: 'debug',
    };
    const config = loadConfig({ ...usual, ...credential, ...options.settings, ...settings }, home);
    const environment = { ...process.env, ...options.engine.environment };
    const dial = options.dial === undefined ? {} : { dial: options.dial };
    return startHost(config, { report: () => {}, logTo: 'file', environment, version: 'test', ...dial });
  }

  let host = await start();
  const under: HostUnderTest = {
    home,
    model,
    get host() {
      return host;
    },
    say: (text, chat = 'local:main') => host.local.say(chat as ChatJid, text),
    answers: (chat, afterSeq) =>
      host.local.history(chat as ChatJid, afterSeq).filter(({ from }) => from === 'assistant'),
    async ask(text, chat = 'local:main') {
      const seq = under.say(text, chat);
      const answers = await until(`${chat} is answered`, async () => {
        // Whether all is said is asked first: the last of it may come between the two.
        const { live } = await host.status();
        const found = under.answers(chat, seq);
        return found.length > 0 && live.every(({ openTurns }) => openTurns === 0) && found;
      });
      return answers.map((answer) => answer.text).join('\n');
    },
    status: () => host.status(),
    async restart(settings) {
      await host.drain();
      host = await start(settings);
    },
    async end() {
      await host.stopNow();
      await model.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
  return under;
}

/** Registers another local chat through the host's own control socket, as the command line does. */
export async function registerChat(under: HostUnderTest, name: string): Promise<string> {
  const jid = `local:${name}`;
  const body = { jid, name, folder: name, requiresTrigger: false };
  await controlRequest(join(under.home, 'data', 'nanoclaw.sock'), { method: 'POST', path: '/groups', body });
  return jid;
}
