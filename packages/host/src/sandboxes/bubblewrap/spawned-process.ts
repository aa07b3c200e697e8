import { type ChildProcess, spawn } from 'node:child_process';
import { PassThrough, Readable, Writable } from 'node:stream';
import { describeError } from '../../kernel/errors.ts';
import { DESCRIPTORS } from './command-line.ts';
import { childrenOf, isFirstOfNamespace } from './process-scan.ts';
import { TOOL_ENVIRONMENT } from './tool-environment.ts';

/** How much of stderr is kept to explain a sandbox that never started, in characters. */
const COMPLAINT_LIMIT = 2_000;
/** Two short documents are expected on the status descriptor, a line on the other; more than this is not kept. */
const REPORT_LIMIT = 10_000;

/** A process with the three streams of the caller. */
export type SpawnedProcess = ChildProcess & { stdin: Writable; stdout: Readable; stderr: Readable };

/** How the outermost process ended, or why there never was one. */
export type OuterEnd = { code: number | null; signal: string | null } | { error: string };

/** Runs a command with one more pipe per text; or says what Node had against it, such as arguments that are too long. */
export function spawnCommand([command = '', ...args]: readonly string[], pipes: number): SpawnedProcess | string {
  try {
    const child = spawn(command, args, {
      cwd: '/',
      env: TOOL_ENVIRONMENT,
      // A group of its own: ^C in the host's terminal is for the host, which then winds its sandboxes down.
      detached: true,
      stdio: Array(pipes).fill('pipe'),
    });
    // Without streams the error is told in an event, which must have a listener.
    child.on('error', () => undefined);
    if (hasStreams(child)) return child;
    return `${command} cannot be started: this process has too many files open`;
  } catch (error) {
    return `${command} cannot be started: ${describeError(error)}`;
  }
}

/** Gives a descriptor its text. When the other side ends early, its own complaint says more than a broken pipe. */
export function feed(child: ChildProcess, descriptor: number, text: string | Buffer): void {
  const stream = child.stdio[descriptor];
  if (!(stream instanceof Writable)) return;
  stream.on('error', () => undefined);
  stream.end(text, () => stream.destroy());
}

/** The caller's stderr, and a copy of its beginning. */
export function watchErrors(stderr: Readable): { stream: Readable; complaint: () => string } {
  let kept = '';
  stderr.on('data', (chunk: Buffer) => {
    if (kept.length < COMPLAINT_LIMIT) kept += chunk.toString('utf8');
  });
  return { stream: stderr.pipe(new PassThrough()), complaint: () => kept.slice(0, COMPLAINT_LIMIT) };
}

/** Settles when the process has ended or could not be started; never rejects. */
export function endOf(child: ChildProcess): Promise<OuterEnd> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ error: `${child.spawnfile}: ${describeError(error)}` }));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}

/** What was learned from the two descriptors on which a sandbox reports. */
export interface Reports {
  /** Whether the first process inside has run. */
  hasStarted: boolean;
  /** Its exit code; undefined when bubblewrap itself was ended. */
  innerCode: number | undefined;
  /** The child of the outermost process, by its number on the host. */
  firstProcess: number | undefined;
}

/** Reads until both descriptors close, which they do when everything has ended. */
export async function watchReports(child: ChildProcess): Promise<Reports> {
  let firstProcess: number | undefined;
  const [status, started] = await Promise.all([
    readAll(child.stdio[DESCRIPTORS.status], () => {
      if (child.pid !== undefined) firstProcess ??= childrenOf(child.pid).find(isFirstOfNamespace);
    }),
    readAll(child.stdio.at(DESCRIPTORS.started)),
  ]);
  const code = /"exit-code": (\d+)/.exec(status)?.[1];
  return { hasStarted: started !== '', innerCode: code === undefined ? undefined : Number(code), firstProcess };
}

async function readAll(stream: unknown, onData = (): void => undefined): Promise<string> {
  let text = '';
  if (!(stream instanceof Readable)) return text;
  stream.on('error', () => undefined);
  stream.on('data', (chunk: Buffer) => {
    if (text.length < REPORT_LIMIT) text += chunk.toString('utf8');
    onData();
  });
  await new Promise((resolve) => stream.once('close', resolve));
  return text;
}

function hasStreams(child: ChildProcess): child is SpawnedProcess {
  return Boolean(child.stdin && child.stdout && child.stderr);
}
