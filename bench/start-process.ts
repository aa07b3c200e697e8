import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { CHECKOUT } from '@nanoclaw/host/kernel/checkout.js';
import type { BenchHome } from './bench-home.ts';
import { nowMs, type UsableDriver } from './row.ts';
import { endsOnce } from './tidy-up.ts';

const READY_LIMIT_MS = 30_000;

/** The built host as its owner starts it in the background. */
export const HOST = [join(CHECKOUT, 'packages', 'host', 'bin', 'nanoclaw.mjs'), 'start', '--no-chat'];

/** A process that has said that it is ready. */
export interface Started {
  readonly pid: number;
  readonly readyMs: number;
  end(): Promise<void>;
}

/** As on an owner's machine: nothing that changes Node, and the time zone left to the host to find out. */
export function hostEnvironment(driver: UsableDriver, home: BenchHome): Record<string, string | undefined> {
  const { NODE_OPTIONS: _, TZ: __, ...environment } = { ...driver.environment, ...home.environment };
  return environment;
}

/** Starts Node with these arguments; resolves when it has said that it is ready, and with how long that took. */
export async function startProcess(
  args: readonly string[],
  environment: UsableDriver['environment'],
): Promise<Started> {
  const startMs = nowMs();
  const child = spawn(process.execPath, [...args], { cwd: CHECKOUT, env: environment });
  child.stdin.end();
  const exited = once(child, 'exit');
  const end = endsOnce(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await exited;
  });
  try {
    const readyMs = (await said(child, 'is ready')) - startMs;
    return { pid: child.pid ?? 0, readyMs, end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** When the child printed the words. Rejects with what it did print when it ends or takes too long. */
function said(child: ChildProcessWithoutNullStreams, words: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let output = '';
    const refuse = (why: string): void => reject(new Error(`${why}: ${output.trim().slice(-500)}`));
    const timer = setTimeout(() => refuse(`not ready after ${READY_LIMIT_MS} ms`), READY_LIMIT_MS);
    child.stderr.on('data', (chunk) => (output = `${output}${chunk}`.slice(-2_000)));
    child.stdout.on('data', (chunk) => {
      output = `${output}${chunk}`.slice(-2_000);
      if (!output.includes(words)) return;
      clearTimeout(timer);
      resolve(nowMs());
    });
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      refuse(`ended before it was ready (${code ?? signal})`);
    });
  });
}
