import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { NanoError } from '../../kernel/errors.ts';

/** One program of a build. */
export interface BuildCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly directory?: string;
}

/** How it ended; `lines` are the last of what it printed on either stream. */
export interface BuildCommandEnd {
  readonly code: number;
  readonly lines: readonly string[];
}

const KEPT_LINES = 15;

/**
 * Runs it to its end, hands over each line, and on abort ends it with everything it started. Rejects only when the
 * program cannot be run at all or the signal aborted.
 */
export async function runBuildCommand(
  build: BuildCommand,
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<BuildCommandEnd> {
  signal.throwIfAborted();
  const { command, args, environment, directory } = build;
  // A process group of its own, because scripts do not hand a signal on to the program they wait for.
  const child = spawn(command, [...args], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    ...(directory === undefined ? {} : { cwd: directory }),
  });
  const lines: string[] = [];
  const collect = (line: string): void => {
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
    onLine(line);
  };
  const abort = (): void => endGroup(child.pid);
  signal.addEventListener('abort', abort, { once: true });
  try {
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject).once('close', resolve);
    });
    readLines(child.stdout, collect);
    readLines(child.stderr, collect);
    const code = await ended;
    signal.throwIfAborted();
    return { code: code ?? 1, lines };
  } catch (cause) {
    signal.throwIfAborted();
    throw new NanoError('image-build-failed', `${command} could not be run; install it or put it on PATH`, { cause });
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Runs it and throws with the last lines unless it ended with 0. `doing` is the start of the sentence. */
export async function mustRun(
  doing: string,
  build: BuildCommand,
  options: { onLine?: (line: string) => void; signal: AbortSignal },
): Promise<void> {
  const { code, lines } = await runBuildCommand(build, options.onLine ?? (() => {}), options.signal);
  if (code !== 0)
    throw new NanoError('image-build-failed', `${doing} failed (exit code ${code}):\n${lines.join('\n')}`);
}

function readLines(stream: Readable, onLine: (line: string) => void): void {
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', onLine);
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGTERM');
  } catch {
    // It ended by itself in the meantime.
  }
}
