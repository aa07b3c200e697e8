import { NanoError } from '../kernel/errors.ts';
import type { SandboxDriver } from './sandbox.ts';

/** What was chosen and why, in words for the owner. */
export interface DriverChoice {
  readonly driver: SandboxDriver;
  readonly why: string;
}

/**
 * The named driver, or with `auto` the first that answers: an engine, then bubblewrap. Throws 'sandbox-unavailable'
 * with the one command that installs either.
 */
export async function chooseDriver(
  wanted: 'auto' | SandboxDriver['kind'],
  drivers: readonly SandboxDriver[],
): Promise<DriverChoice> {
  const candidates = drivers.filter(({ kind }) => wanted === 'auto' || kind === wanted);
  const refusals: string[] = [];
  let remedy = '';
  for (const driver of candidates) {
    const state = await driver.available();
    if (state.ok) return { driver, why: state.detail };
    refusals.push(`${driver.kind}: ${state.reason}`);
    remedy = state.remedy;
  }
  throw new NanoError('sandbox-unavailable', `no sandbox can be used (${refusals.join('; ')}): run ${remedy}`);
}
