import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Options, query } from '@anthropic-ai/claude-agent-sdk/core';
import { type AgentInput, MAILBOX } from '@nanoclaw/protocol';
import { createAckTracker } from './ack-tracker.ts';
import { createConversation, type End } from './conversation.ts';
import { startForwarder } from './gateway-forwarder.ts';
import { createInputQueue } from './input-queue.ts';
import { watchInput } from './input-watcher.ts';
import type { Log } from './log.ts';
import { modelEnvironment } from './model-environment.ts';
import { sessionOptions } from './options.ts';
import type { Output } from './output.ts';
import { createPartialText, type Timer } from './partial-text.ts';
import { errorBlock } from './result-block.ts';
import type { RunnerPaths } from './runner-paths.ts';
import { createSessionReader } from './session-reader.ts';
import { firstPrompt, scriptPrompt } from './system-prompt.ts';
import { runTaskScript } from './task-script.ts';
import { agentTools } from './tools/agent-tools.ts';
import { ANSWER_LIMIT_MS, createMailbox } from './tools/mailbox.ts';
import { mcpServer } from './tools/mcp-server.ts';

export interface RunnerOptions {
  input: AgentInput;
  paths: RunnerPaths;
  env: NodeJS.ProcessEnv;
  output: Output;
  log: Log;
  /** Ends the conversation at once. */
  signal: AbortSignal;
}

/** Puts the parts together and runs one conversation to its end. */
export async function run({ input, paths, env, output, log, signal }: RunnerOptions): Promise<End> {
  const options = await prepareSession({ input, paths, env, log });
  const gate = await passGate({ input, options, output, log, signal });
  if ('end' in gate) return gate.end;
  const tracker = createAckTracker();
  const queue = createInputQueue(tracker);
  const publish = (text: string) => output.emit({ status: 'success', result: null, partial: text });
  const partial = createPartialText(publish, systemTimer);
  const reader = createSessionReader({ tracker, partial, emit: output.emit, log });
  const conversation = createConversation({ open: query, options, resume: input.sessionId, queue, reader, log });

  const over = new AbortController();
  if (signal.aborted) return 'ended';
  signal.addEventListener('abort', conversation.stop, { once: true });
  void queue.push(gate.prompt, 0);
  const handlers = { message: queue.push, interrupt: conversation.interrupt, close: conversation.close };
  watchInput(join(paths.ipc, MAILBOX.input), handlers, log, AbortSignal.any([signal, over.signal]));
  try {
    return await conversation.run();
  } finally {
    over.abort();
    partial.end();
  }
}

/**
 * The script of a scheduled task decides whether there is anything to do; when it says no, or is broken, nothing of the
 * agent is started.
 */
async function passGate(
  from: Pick<RunnerOptions, 'input' | 'output' | 'log' | 'signal'> & { options: Options },
): Promise<{ prompt: string } | { end: End }> {
  const { input, options, output, log, signal } = from;
  if (!input.script || input.isScheduledTask !== true) return { prompt: firstPrompt(input) };
  const { cwd = '.', env = {} } = options;
  const where = { cwd, env: env as Record<string, string> };
  const verdict = await runTaskScript({ script: input.script, ...where, log, signal });
  if (verdict.kind === 'wake') return { prompt: scriptPrompt(input, verdict.data) };
  if (verdict.kind === 'rest') {
    output.emit({ status: 'success', result: null, ack: 0 });
    return { end: 'ended' };
  }
  if (!signal.aborted) output.emit({ ...errorBlock('script'), error: verdict.reason });
  return { end: 'failed' };
}

async function prepareSession(from: Pick<RunnerOptions, 'input' | 'paths' | 'env' | 'log'>): Promise<Options> {
  const { input, paths, log } = from;
  const port = input.gateway === undefined ? undefined : (await startForwarder(paths.gatewaySocket)).port;
  const mailbox = createMailbox({
    directory: paths.ipc,
    newId: () => `${Date.now()}-${randomBytes(4).toString('hex')}`,
    deadline: (extraMs) => AbortSignal.timeout(ANSWER_LIMIT_MS + extraMs),
  });
  return sessionOptions({
    input,
    paths,
    env: modelEnvironment({ base: from.env, input, port, claudeHome: paths.claudeHome }),
    extraDirectories: directoriesIn(paths.extra),
    globalMemory: readIfThere(paths.globalMemory),
    server: mcpServer('nanoclaw', agentTools(input, { mailbox, ipc: paths.ipc })),
    log,
  });
}

const systemTimer: Timer = {
  nowMs: () => performance.now(),
  after(ms, then) {
    const handle = setTimeout(then, ms);
    return () => clearTimeout(handle);
  },
};

/** Absolute paths of the sub-directories of `directory`; none when it does not exist. */
function directoriesIn(directory: string): string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => join(directory, entry.name));
  } catch {
    return [];
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
