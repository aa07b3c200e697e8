import { type ChildProcessWithoutNullStreams, type ExecFileException, execFile, spawn } from 'node:child_process';

/** How one `docker` command ended. `missing`: there is no such program. */
export type DockerAnswer =
  | { kind: 'done'; stdout: string }
  | { kind: 'refused'; code: number; stderr: string }
  | { kind: 'timed-out' }
  | { kind: 'missing' };

/** The `docker` program and the environment it runs in (`PATH`, `DOCKER_HOST`, `DOCKER_CONTEXT`). */
export interface DockerClient {
  readonly command: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Runs one short command. Never throws; gives up after `timeoutMs` (10 s unless told). */
  run(args: readonly string[], timeoutMs?: number): Promise<DockerAnswer>;
  /** Starts a command whose streams the caller uses. */
  spawn(args: readonly string[]): ChildProcessWithoutNullStreams;
}

const SHORT_COMMAND_MS = 10_000;
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

export function createDockerClient(options: {
  environment: Readonly<Record<string, string | undefined>>;
  command?: string;
}): DockerClient {
  const { environment, command = 'docker' } = options;
  return {
    command,
    environment,
    run: (args, timeoutMs = SHORT_COMMAND_MS) =>
      new Promise((resolve) => {
        const limits = { timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: MAX_ANSWER_BYTES } as const;
        execFile(command, [...args], { ...limits, env: environment }, (error, stdout, stderr) => {
          resolve(error === null ? { kind: 'done', stdout } : failureOf(error, stderr));
        });
      }),
    spawn: (args) => spawn(command, [...args], { env: environment, stdio: 'pipe' }),
  };
}

function failureOf(error: ExecFileException, stderr: string): DockerAnswer {
  if (error.code === 'ENOENT' || error.code === 'EACCES') return { kind: 'missing' };
  if (error.killed === true) return { kind: 'timed-out' };
  return { kind: 'refused', code: typeof error.code === 'number' ? error.code : 1, stderr: stderr || error.message };
}

/** One sentence for people about a command that did not work. */
export function describeAnswer(answer: Exclude<DockerAnswer, { kind: 'done' }>): string {
  if (answer.kind === 'missing') return 'the docker program is not installed';
  if (answer.kind === 'timed-out') return 'the Docker engine did not answer in time';
  return reasonIn(answer.stderr) || `docker ended with code ${answer.code}`;
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
