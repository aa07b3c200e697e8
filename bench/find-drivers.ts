import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chooseHostDriver } from '@nanoclaw/host/app-drivers.js';
import { loadConfig } from '@nanoclaw/host/config/config.js';
import { describeError } from '@nanoclaw/host/kernel/errors.js';
import { privateDocker } from '@nanoclaw/testkit';
import type { DriverKind, UsableDriver } from './row.ts';

export interface FoundDrivers {
  readonly usable: readonly UsableDriver[];
  /** Why each of the others cannot be used. */
  readonly refusals: readonly string[];
  /** Ends an engine that was started for the bench. */
  stop(): Promise<void>;
}

/**
 * The wanted driver, or each that is there. NANOCLAW_TEST_ENGINE names the folder of a private engine as the tests
 * keep it; without it an engine has to answer already.
 */
export async function findDrivers(wanted: DriverKind | undefined): Promise<FoundDrivers> {
  const usable: UsableDriver[] = [];
  const refusals: string[] = [];
  const docker = wanted === 'bubblewrap' ? undefined : await findEngine();
  const environments = { docker: docker?.environment ?? process.env, bubblewrap: process.env };
  for (const kind of ['docker', 'bubblewrap'] as const) {
    if (wanted !== undefined && wanted !== kind) continue;
    const driver = { kind, environment: environments[kind] };
    const refusal = await whyNot(driver);
    if (refusal === undefined) usable.push(driver);
    else refusals.push(`${kind}: ${refusal}`);
  }
  return { usable, refusals, stop: docker?.stop ?? (async () => {}) };
}

async function findEngine(): Promise<{ environment: NodeJS.ProcessEnv; stop(): Promise<void> } | undefined> {
  if (process.env['NANOCLAW_TEST_ENGINE'] === undefined) return undefined;
  const docker = await privateDocker();
  return docker.kind === 'engine' ? docker.engine : undefined;
}

async function whyNot({ kind, environment }: UsableDriver): Promise<string | undefined> {
  const home = mkdtempSync(join(tmpdir(), 'nanoclaw-bench-'));
  const { CONTAINER_IMAGE } = environment as Record<string, string | undefined>;
  try {
    const config = loadConfig({ NANOCLAW_HOME: home, SANDBOX: kind, CONTAINER_IMAGE }, home);
    const { driver } = await chooseHostDriver(config, 'bench', environment);
    const image = await driver.image();
    return image.phase === 'ready' ? undefined : `${image.reason}; run: ${image.remedy}`;
  } catch (error) {
    return describeError(error);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
