import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { listenPracticeModel, type PracticeModel, type ScriptStep } from '@nanoclaw/model-practice';
import {
  type AgentInput,
  createFrameReader,
  type Frame,
  type InputDocument,
  inputFileName,
  type OutputBlock,
} from '@nanoclaw/protocol';

export const NONCE = 'nonce-of-this-test-run';
export const TOKEN = 'placeholder-token-of-this-run';

const BUNDLE_SCRIPT = join(import.meta.dirname, '../bundle.mjs');
const CLAUDE = createRequire(import.meta.url).resolve(
  `@anthropic-ai/claude-agent-sdk-${process.platform}-${process.arch}/claude`,
);
const DEADLINE_MS = 20_000;

/** Bundles the runner as it is now; the caller deletes `directory`. */
export async function buildRunner(): Promise<{ directory: string; file: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'nanoclaw-runner-'));
  const file = join(directory, 'runner.mjs');
  await promisify(execFile)(process.execPath, [BUNDLE_SCRIPT, file]);
  return { directory, file };
}

/** A group's directories outside any sandbox, with a scripted model behind the gateway socket. */
export interface Workspace {
  root: string;
  home: string;
  model: PracticeModel;
  close(): Promise<void>;
}

export async function createWorkspace(): Promise<Workspace> {
  const root = mkdtempSync(join(tmpdir(), 'nanoclaw-workspace-'));
  const home = join(root, 'home');
  for (const part of ['home', 'group', 'ipc/input', 'ipc/messages', 'ipc/tasks', 'ipc/responses']) {
    mkdirSync(join(root, part), { recursive: true });
  }
  const gateway = await listenPracticeModel({ socketPath: join(root, 'gateway.sock') });
  return {
    root,
    home,
    model: gateway.model,
    async close() {
      await gateway.close();
      rmSync(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** A runner as a child process, seen like the host sees it. */
export interface Runner {
  readonly frames: Frame[];
  blocks(): OutputBlock[];
  /** Blocks that carry an answer or a failure, without previews and session notices. */
  outcomes(): OutputBlock[];
  log(): string;
  give(document: InputDocument | string): void;
  close(): void;
  child: ChildProcess;
  /** Ends the runner and its agent process, wherever they are. Resolves when nothing of them writes any more. */
  kill(): Promise<void>;
  /** Resolves with the first truthy value of `look`, which is called at every output. */
  until<T>(look: () => T | undefined | false): Promise<T>;
  exit: Promise<number | null>;
}

export interface StartOptions {
  file: string;
  workspace: Workspace;
  input?: Partial<AgentInput>;
  /** Replaces the whole of standard input. */
  stdin?: string;
  env?: Record<string, string>;
}

export function startRunner({ file, workspace, input = {}, stdin, env = {} }: StartOptions): Runner {
  const child = spawn(process.execPath, [file], { env: runnerEnv(workspace, env), stdio: 'pipe', detached: true });
  const reader = createFrameReader({ maxLineBytes: 10_000_000, nonce: NONCE });
  const frames: Frame[] = [];
  const lookers = new Set<() => void>();
  let log = '';
  let inputs = 0;
  const lookAll = () => {
    for (const look of lookers) look();
  };
  child.stdout.on('data', (chunk: Buffer) => {
    frames.push(...reader.push(chunk));
    lookAll();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const exit = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  child.stdin.on('error', () => {});
  child.stdin.end(stdin ?? JSON.stringify(anInput(input)));

  const put = (name: string, content: string) => {
    const temporary = join(workspace.root, 'ipc', `.${name}.tmp`);
    writeFileSync(temporary, content);
    renameSync(temporary, join(workspace.root, 'ipc/input', name));
  };
  const blocks = () => frames.flatMap((frame) => (frame.kind === 'block' ? [frame.block] : []));
  return {
    frames,
    child,
    exit,
    blocks,
    outcomes: () => blocks().filter((block) => block.usage !== undefined || block.status === 'error'),
    log: () => log,
    give(document) {
      inputs++;
      put(inputFileName(inputs), typeof document === 'string' ? document : JSON.stringify(document));
    },
    close: () => put('_close', ''),
    async kill() {
      // The runner leads a process group of its own; the agent process is in it.
      if (child.pid !== undefined) killGroup(child.pid);
      await exit;
    },
    until: (look) => poll(look, lookers, () => `frames: ${JSON.stringify(frames)}\nlog: ${log}`),
  };
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // All of them have ended.
  }
}

function runnerEnv(workspace: Workspace, env: Record<string, string>): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: workspace.home,
    NANOCLAW_WORKSPACE: workspace.root,
    NANOCLAW_CLAUDE: CLAUDE,
    CLAUDE_CODE_MAX_RETRIES: '0',
    ...env,
  };
}

function anInput(more: Partial<AgentInput>): AgentInput {
  return {
    prompt: 'hello',
    groupFolder: 'main',
    chatJid: 'local:main',
    isMain: true,
    assistantName: 'Andy',
    nonce: NONCE,
    gateway: { scheme: 'api-key', token: TOKEN },
    ...more,
  };
}

const POLL_MS = 10;

function poll<T>(look: () => T | undefined | false, lookers: Set<() => void>, explain: () => string): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = (then: () => void) => {
      clearInterval(interval);
      clearTimeout(limit);
      lookers.delete(attempt);
      then();
    };
    const attempt = () => {
      const found = look();
      if (found !== undefined && found !== false) settle(() => resolve(found));
    };
    const interval = setInterval(attempt, POLL_MS);
    const limit = setTimeout(() => settle(() => reject(new Error(`waited in vain; ${explain()}`))), DEADLINE_MS);
    lookers.add(attempt);
    attempt();
  });
}

/** Plays the host's part for the first request in a folder of the mailbox: returns it and answers it. */
export async function answerRequest(
  workspace: Workspace,
  runner: Runner,
  answer: unknown,
  folder: 'messages' | 'tasks' = 'messages',
): Promise<unknown> {
  const directory = join(workspace.root, 'ipc', folder);
  const name = await runner.until(() => readdirSync(directory).find((one) => one.endsWith('.json')));
  const request: unknown = JSON.parse(readFileSync(join(directory, name), 'utf8'));
  rmSync(join(directory, name));
  const temporary = join(workspace.root, 'ipc', `.${name}.tmp`);
  writeFileSync(temporary, JSON.stringify(answer));
  renameSync(temporary, join(workspace.root, 'ipc/responses', name));
  return request;
}

export const says = (text: string): ScriptStep => ({ kind: 'text', text });
export const calls = (name: string, input: unknown): ScriptStep => ({ kind: 'tools', calls: [{ name, input }] });
