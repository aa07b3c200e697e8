import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Options, query, type SDKUserMessage } from '@anthropic-ai/claude-agent-sdk';
import { CHECKOUT } from '@nanoclaw/host/kernel/checkout.js';
import type { AgentInput } from '@nanoclaw/protocol';
import { modelEnvironment } from '../packages/agent/src/model-environment.ts';
import { sessionOptions } from '../packages/agent/src/options.ts';
import { runnerPaths } from '../packages/agent/src/runner-paths.ts';
import { listTasksTool } from '../packages/agent/src/tools/list-tasks.ts';
import { createMailbox } from '../packages/agent/src/tools/mailbox.ts';
import { mcpServer } from '../packages/agent/src/tools/mcp-server.ts';
import { sendMessageTool } from '../packages/agent/src/tools/send-message.ts';
import { endsOnce } from './tidy-up.ts';

/** An Agent SDK session without anything of ours around it. */
export interface BareSession {
  /** Hands a prompt over; resolves when its result has come. */
  push(text: string): Promise<void>;
  end(): Promise<void>;
}

/** A folder for a session: its working directory, its settings, its mailbox. */
export interface SessionPlace {
  readonly directory: string;
  remove(): Promise<void>;
}

export function makePlace(): SessionPlace {
  const directory = mkdtempSync(join(tmpdir(), 'nanoclaw-bench-session-'));
  for (const name of ['group', 'ipc', 'claude']) mkdirSync(join(directory, name));
  return { directory, remove: endsOnce(() => rmSync(directory, { recursive: true, force: true })) };
}

/** The variables a program needs, and none of those that lead the Agent SDK somewhere else. */
export function cleanEnvironment(place: SessionPlace): Record<string, string> {
  const { PATH = '', TMPDIR } = process.env as Record<string, string | undefined>;
  return { PATH, HOME: place.directory, LANG: 'C.UTF-8', ...(TMPDIR === undefined ? {} : { TMPDIR }) };
}

/** The very options that the product's runner gives the Agent SDK, for a model at a loopback address. */
export function runnerOptions(place: SessionPlace, modelUrl: string): Options {
  const { directory } = place;
  const input: AgentInput = {
    prompt: '',
    groupFolder: 'main',
    chatJid: 'local:main',
    isMain: true,
    assistantName: 'Andy',
    gateway: { scheme: 'api-key', token: 'bench-key-that-opens-nothing' },
    partials: true,
    timezone: 'UTC',
  };
  const base = cleanEnvironment(place);
  const paths = runnerPaths({ ...base, NANOCLAW_WORKSPACE: directory, NANOCLAW_CLAUDE: claudeProgram() });
  const port = Number(new URL(modelUrl).port);
  const mailbox = createMailbox({
    directory: paths.ipc,
    newId: () => 'none',
    deadline: () => AbortSignal.timeout(1_000),
  });
  return sessionOptions({
    input,
    paths,
    env: modelEnvironment({ base, input, port, claudeHome: join(directory, 'claude') }),
    extraDirectories: [],
    globalMemory: undefined,
    server: mcpServer('nanoclaw', [sendMessageTool(mailbox, input.chatJid), listTasksTool(paths.ipc)]),
    log: () => {},
  });
}

/** Opens a session in this process; its first prompt starts it. */
export function openBareSession(options: Options): BareSession {
  const waiting: SDKUserMessage[] = [];
  let wake: () => void = () => {};
  let isOver = false;
  async function* prompts(): AsyncGenerator<SDKUserMessage> {
    for (;;) {
      const message = waiting.shift();
      if (message !== undefined) yield message;
      else if (isOver) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  const session = query({ prompt: prompts(), options });
  let onResult: () => void = () => {};
  const ended = (async () => {
    for await (const message of session) if (message.type === 'result') onResult();
  })();
  return {
    push(text) {
      const answered = new Promise<void>((resolve) => (onResult = resolve));
      waiting.push({ type: 'user', message: { role: 'user', content: text }, parent_tool_use_id: null });
      wake();
      return Promise.race([answered, ended.then(() => Promise.reject(new Error('the bare session ended by itself')))]);
    },
    end: endsOnce(async () => {
      isOver = true;
      wake();
      session.close();
      await ended.catch(() => {});
    }),
  };
}

/** The Agent SDK's native program, which npm installs beside the SDK. */
export function claudeProgram(): string {
  const require = createRequire(join(CHECKOUT, 'packages', 'agent', 'package.json'));
  const sdk = dirname(require.resolve('@anthropic-ai/claude-agent-sdk'));
  return join(dirname(sdk), `claude-agent-sdk-${process.platform}-${process.arch}`, 'claude');
}
