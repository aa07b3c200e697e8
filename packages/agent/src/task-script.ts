import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Log } from './log.ts';

/** Longest time a task's script may take, in milliseconds (v1). */
export const SCRIPT_LIMIT_MS = 30_000;

/** Most that it may print, in bytes (v1). */
export const MAX_SCRIPT_OUTPUT_BYTES = 1024 * 1024;

/** Most data that it may hand to the agent, as JSON, in UTF-16 code units: it becomes part of a prompt. */
export const MAX_SCRIPT_DATA_CHARS = 100_000;

/** How long output may still come after the script itself has ended, in milliseconds; what it started may go on. */
const DRAIN_MS = 1_000;

/** What a script says about its task; a broken one is not the same as one that finds nothing to do. */
export type ScriptVerdict =
  | { kind: 'wake'; data: unknown }
  | { kind: 'rest' }
  /** The reason is a sentence without anything that the script has printed. */
  | { kind: 'broken'; reason: string };

export interface ScriptRun {
  script: string;
  cwd: string;
  env: Record<string, string>;
  log: Log;
  signal: AbortSignal;
  /** Where nothing else is said, SCRIPT_LIMIT_MS. */
  limitMs?: number;
}

/** The last line of the output of a script that has decided. */
const Decision = z.object({ wakeAgent: z.boolean(), data: z.unknown().optional() });

/**
 * Runs the script of a scheduled task with Bash, and everything it starts with it. Its standard error goes to the log.
 * Never rejects: a script that cannot be started is a broken one.
 */
export async function runTaskScript(run: ScriptRun): Promise<ScriptVerdict> {
  const file = join(tmpdir(), `task-script-${process.pid}.sh`);
  let child: ChildProcess;
  try {
    writeFileSync(file, run.script, { mode: 0o700 });
    child = spawn('bash', [file], { cwd: run.cwd, env: run.env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  } catch (error) {
    run.log(`the script of the task could not be started: ${String(error)}`);
    return { kind: 'broken', reason: 'the script could not be started' };
  }
  const end = await watch(child, run);
  return 'broken' in end ? { kind: 'broken', reason: end.broken } : decide(end.output);
}

type End = { output: string } | { broken: string };

function watch(child: ChildProcess, run: ScriptRun): Promise<End> {
  const { limitMs = SCRIPT_LIMIT_MS, log } = run;
  const chunks: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve) => {
    let drain: NodeJS.Timeout | undefined;
    const finish = (end: End): void => {
      clearTimeout(limit);
      clearTimeout(drain);
      run.signal.removeEventListener('abort', onAbort);
      killAll(child);
      child.stdout?.destroy();
      child.stderr?.destroy();
      resolve(end);
    };
    const onAbort = (): void => finish({ broken: 'the script was stopped' });
    const limit = setTimeout(
      () => finish({ broken: `the script took longer than ${limitMs / 1000} seconds` }),
      limitMs,
    );
    run.signal.addEventListener('abort', onAbort, { once: true });
    child.stdout?.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_SCRIPT_OUTPUT_BYTES)
        finish({ broken: `the script printed more than ${MAX_SCRIPT_OUTPUT_BYTES} bytes` });
      else chunks.push(chunk);
    });
    child.stderr?.on('data', (chunk: Buffer) => log(`task script: ${chunk.toString('utf8').trimEnd()}`));
    const ended = (code: number | null, signal: NodeJS.Signals | null): void => {
      const output = Buffer.concat(chunks).toString('utf8');
      if (code === 0) finish({ output });
      else
        finish({
          broken: signal === null ? `the script ended with code ${code}` : `the script was ended by ${signal}`,
        });
    };
    child.once('close', ended);
    child.once('exit', (code, signal) => {
      drain = setTimeout(() => ended(code, signal), DRAIN_MS);
    });
    child.once('error', () => finish({ broken: 'the script could not be started' }));
  });
}

/** The script and what it started, as far as that has stayed in its process group. */
function killAll({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing of it is left.
  }
}

function decide(output: string): ScriptVerdict {
  const line = output.trimEnd().split('\n').at(-1) ?? '';
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return { kind: 'broken', reason: 'the last line that the script printed is not JSON' };
  }
  const decision = Decision.safeParse(json);
  if (!decision.success) return { kind: 'broken', reason: 'the last line that the script printed has no wakeAgent' };
  const { wakeAgent, data } = decision.data;
  if (!wakeAgent) return { kind: 'rest' };
  if ((JSON.stringify(data) ?? '').length <= MAX_SCRIPT_DATA_CHARS) return { kind: 'wake', data };
  return { kind: 'broken', reason: `the script gave more than ${MAX_SCRIPT_DATA_CHARS} characters of data` };
}
