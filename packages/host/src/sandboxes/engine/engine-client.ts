import { type ChildProcessWithoutNullStreams, type ExecFileException, execFile, spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import type { EngineDialect } from './engine-dialect.ts';

/** How one command of the engine's program ended. `missing`: there is no such program. */
export type EngineAnswer =
  | { kind: 'done'; stdout: string }
  | { kind: 'refused'; code: number; stderr: string }
  | { kind: 'timed-out' }
  | { kind: 'missing' };

/** The program of an engine and the environment it runs in (`PATH`, `DOCKER_HOST`, `CONTAINERS_CONF`). */
export interface EngineClient {
  readonly dialect: EngineDialect;
  readonly command: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Runs one short command. Never throws; gives up after `timeoutMs` (10 s unless told). */
  run(args: readonly string[], timeoutMs?: number): Promise<EngineAnswer>;
  /** Starts a program whose streams the caller uses. */
  spawn(command: readonly string[]): ChildProcessWithoutNullStreams;
}

const SHORT_COMMAND_MS = 10_000;
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/**
 * `command` is the dialect's own name unless told. It runs in the folder for temporary files: Podman's watchers note an end
 * for want of memory in a file `oom` wherever they were started.
 */
export function createEngineClient(options: {
  dialect: EngineDialect;
  environment: Readonly<Record<string, string | undefined>>;
  command?: string;
}): EngineClient {
  const { dialect, environment, command = dialect.program } = options;
  return {
    dialect,
    command,
    environment,
    run: (args, timeoutMs = SHORT_COMMAND_MS) =>
      new Promise((resolve) => {
        const limits = { timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: MAX_ANSWER_BYTES } as const;
        execFile(command, [...args], { ...limits, cwd: tmpdir(), env: environment }, (error, stdout, stderr) => {
          resolve(error === null ? { kind: 'done', stdout } : failureOf(error, stderr));
        });
      }),
    spawn: ([program = command, ...args]) => spawn(program, args, { cwd: tmpdir(), env: environment, stdio: 'pipe' }),
  };
}

function failureOf(error: ExecFileException, stderr: string): EngineAnswer {
  if (error.code === 'ENOENT' || error.code === 'EACCES') return { kind: 'missing' };
  if (error.killed === true) return { kind: 'timed-out' };
  return { kind: 'refused', code: typeof error.code === 'number' ? error.code : 1, stderr: stderr || error.message };
}

/** One sentence for people about a command that did not work. */
export function describeAnswer(kind: EngineDialect['kind'], answer: Exclude<EngineAnswer, { kind: 'done' }>): string {
  if (answer.kind === 'missing') return `the ${kind} program is not installed`;
  if (answer.kind === 'timed-out') return `${kind} did not answer in time`;
  return reasonIn(answer.stderr) || `${kind} ended with code ${answer.code}`;
}

/**
 * The line of the client's stderr that says why: the last one it marked as its own (`docker: …`, `Error …`), else the
 * last with something on it. What follows the reason is only a hint at `--help`.
 */
export function reasonIn(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.trim());
  const marked = lines.findLast((line) => /^(docker: |Error)/.test(line));
  const reason = marked ?? lines.findLast((line) => line !== '') ?? '';
  return reason.replace(/^docker: /, '');
}
