import { join } from 'node:path';
import type { Base } from '@nanoclaw/host/app-base.js';
import { type Nature, SYSTEM_NATURE } from '@nanoclaw/host/app-chats.js';
import { chooseHostDriver } from '@nanoclaw/host/app-drivers.js';
import { type Engine, startEngine } from '@nanoclaw/host/app-engine.js';
import { openStores, type Stores } from '@nanoclaw/host/app-stores.js';
import { homePaths } from '@nanoclaw/host/config/home-files.js';
import { installationId } from '@nanoclaw/host/config/installation-files.js';
import { createDialer } from '@nanoclaw/host/gateway/dial.js';
import { startGateway } from '@nanoclaw/host/gateway/gateway-server.js';
import { createRunTokens } from '@nanoclaw/host/gateway/run-tokens.js';
import type { EgressDeps } from '@nanoclaw/host/gateway/wish.js';
import { systemClock } from '@nanoclaw/host/kernel/clock.js';
import { createLifecycle } from '@nanoclaw/host/kernel/lifecycle.js';
import { createPinoLog } from '@nanoclaw/host/kernel/pino-log.js';
import type { SandboxDriver } from '@nanoclaw/host/sandboxes/sandbox.js';
import type { BenchHome } from './bench-home.ts';
import type { UsableDriver } from './row.ts';
import { endsOnce } from './tidy-up.ts';

/** The host's own message path with real sandboxes, without its faces. */
export interface EngineInSandbox {
  readonly engine: Engine;
  readonly stores: Stores;
  end(): Promise<void>;
}

export interface EngineInSandboxOptions {
  readonly environment: UsableDriver['environment'];
  /** A program that takes the runner's place in every sandbox. */
  readonly runner?: string;
  readonly nature?: Nature;
  /** Where model requests go. */
  readonly modelUrl: string;
}

export async function startEngineInSandbox(home: BenchHome, options: EngineInSandboxOptions): Promise<EngineInSandbox> {
  const base = await makeBase(home, options);
  const tokens = createRunTokens();
  const { paths, log, config, lifecycle, stores } = base;
  const egress: EgressDeps = {
    whyRefused: () => 'nothing is measured there',
    whyServiceRefused: () => 'nothing is measured there',
    judgeService: () => ({ kind: 'other' }),
    dial: createDialer(),
    onReport: () => undefined,
  };
  const gateway = await startGateway({
    socketPath: paths.gatewaySocket,
    upstream: { kind: 'url', base: new URL(options.modelUrl) },
    credential: config.credential,
    tokens,
    metering: { isSpent: () => false, onRequest: () => undefined },
    egress,
    now: systemClock.now,
    log,
  });
  lifecycle.started('gateway', gateway.stop);
  const engine = startEngine(base, tokens, { nature: options.nature ?? SYSTEM_NATURE });
  lifecycle.started('runs', async () => {
    engine.stopAccepting();
    await engine.liveAgents.stopAll();
    await engine.settle();
  });
  return { engine, stores, end: endsOnce(lifecycle.stopAll) };
}

async function makeBase({ config }: BenchHome, { environment, runner }: EngineInSandboxOptions): Promise<Base> {
  const paths = homePaths(config.home);
  const installation = installationId(paths.installationFile);
  const { driver, why } = await chooseHostDriver(config, installation, environment);
  const file = join(paths.logs, 'host.log');
  const { log, flush } = createPinoLog({ level: 'info', file, alsoStderr: false, secrets: [] });
  const lifecycle = createLifecycle(log);
  lifecycle.started('log', flush);
  const stores = openStores(paths.database);
  lifecycle.started('store', () => void stores.database.close());
  const choice = { driver: runner === undefined ? driver : withRunner(driver, runner), why };
  return { config, paths, installation, choice, stores, lifecycle, log };
}

/** A mount of the specification may stand in for the runner's file. */
function withRunner(driver: SandboxDriver, source: string): SandboxDriver {
  const mount = { source, target: '/app/runner.mjs', mode: 'read-only' } as const;
  return { ...driver, start: (spec) => driver.start({ ...spec, mounts: [...spec.mounts, mount] }) };
}
