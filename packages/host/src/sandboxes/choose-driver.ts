import { cappedRetryDelayMs } from '../kernel/backoff.ts';
import type { Clock } from '../kernel/clock.ts';
import { NanoError } from '../kernel/errors.ts';
import type { SandboxDriver } from './sandbox.ts';

/** What was chosen and why, in words for the owner. */
export interface DriverChoice {
  readonly driver: SandboxDriver;
  readonly why: string;
}

type Wanted = 'auto' | SandboxDriver['kind'];

/** Longest pause between two looks for an engine that does not answer, in milliseconds. */
export const MAX_LOOK_PAUSE_MS = 60_000;

/**
 * The named driver, or with `auto` the first that answers: an engine, then bubblewrap. Throws 'sandbox-unavailable'
 * with the one command that installs either.
 */
export async function chooseDriver(wanted: Wanted, drivers: readonly SandboxDriver[]): Promise<DriverChoice> {
  const found = await findDriver(wanted, drivers);
  if ('driver' in found) return found;
  throw new NanoError('sandbox-unavailable', found.refusal);
}

/**
 * The same, but an engine that is installed and does not answer is waited for, as at boot, when it starts beside the
 * host, until `signal` aborts. What is waited for is reported once. Throws what chooseDriver throws where waiting cannot
 * help any more.
 */
export async function waitForDriver(
  wanted: Wanted,
  drivers: readonly SandboxDriver[],
  nature: { clock: Clock; random: () => number; report: (line: string) => void; signal?: AbortSignal | undefined },
): Promise<DriverChoice> {
  for (let look = 1; ; look++) {
    const found = await findDriver(wanted, drivers);
    if ('driver' in found) return found;
    if (!found.mayPass || nature.signal?.aborted) throw new NanoError('sandbox-unavailable', found.refusal);
    if (look === 1) nature.report(`waiting for the sandbox: ${found.refusal}, or stop me and set SANDBOX`);
    await nature.clock.sleep(cappedRetryDelayMs(look, nature.random(), MAX_LOOK_PAUSE_MS), nature.signal);
  }
}

async function findDriver(
  wanted: Wanted,
  drivers: readonly SandboxDriver[],
): Promise<DriverChoice | { refusal: string; mayPass: boolean }> {
  const refusals: string[] = [];
  let remedy = '';
  let mayPass = false;
  for (const driver of drivers.filter(({ kind }) => wanted === 'auto' || kind === wanted)) {
    const state = await driver.available();
    if (state.ok) return { driver, why: state.detail };
    refusals.push(`${driver.kind}: ${state.reason}`);
    if (mayPass) continue;
    mayPass = state.mayPass === true;
    remedy = state.remedy;
  }
  return { refusal: `no sandbox can be used (${refusals.join('; ')}): run ${remedy}`, mayPass };
}
