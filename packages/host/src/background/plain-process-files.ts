import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { identityOf, type ProcessIdentity, parseIdentity } from '../kernel/process-identity.ts';
import { isMissing } from '../kernel/safe-files.ts';
import type { ServicePlan } from './service-plan.ts';

/** What a process printed is put aside at a start when it is larger than this, in bytes. */
const MAX_OUTPUT_BYTES = 1024 * 1024;

/** Starts the host as a process of its own, which outlives whoever starts it. Rejects when it cannot be started. */
export async function startDetached(plan: ServicePlan, pidFile: string): Promise<ProcessIdentity> {
  mkdirSync(dirname(plan.outputFile), { recursive: true });
  putAside(plan.outputFile);
  const output = openSync(plan.outputFile, 'a', 0o600);
  try {
    const [program, ...args] = plan.command;
    const stdio = ['ignore', output, output] as const;
    const child = spawn(program, args, {
      detached: true,
      cwd: plan.checkout,
      env: plan.environment,
      stdio: [...stdio],
    });
    await once(child, 'spawn');
    child.unref();
    const identity = identityOf(child.pid ?? 0);
    writeFileSync(pidFile, JSON.stringify(identity), { mode: 0o600 });
    return identity;
  } finally {
    closeSync(output);
  }
}

/** The process that was started last, whether or not it lives. */
export function readPidFile(file: string): ProcessIdentity | undefined {
  try {
    return parseIdentity(readFileSync(file, 'utf8'));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

export function removePidFile(file: string): void {
  rmSync(file, { force: true });
}

function putAside(file: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > MAX_OUTPUT_BYTES) renameSync(file, `${file}.1`);
}
