import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Base } from '@nanoclaw/host/app-base.js';
import { chooseHostDriver } from '@nanoclaw/host/app-drivers.js';
import { startEngine } from '@nanoclaw/host/app-engine.js';
import { openStores } from '@nanoclaw/host/app-stores.js';
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
import { until } from '@nanoclaw/testkit';
import { type BenchHome, MAIN_CHAT, makeHome } from './bench-home.ts';
import { nowMs, type Row, type UsableDriver } from './row.ts';
import { endsOnce } from './tidy-up.ts';

const RUNS = 100;
const REST_MS = 50;
const STAMPING_RUNNER = join(import.meta.dirname, 'stamping-runner.mjs');

export const resultToChannel: Row = {
  id: 'B3',
  title: 'result leaves the agent to channel send',
  dependsOnDriver: true,
  async measure({ runs = RUNS }, driver) {
    const home = makeHome({ driver, modelUrl: 'http://127.0.0.1:9' });
    try {
      const ours = await takeSamples(home, driver, runs);
      const what = `${this.title} (${driver.kind})`;
      return [{ phase: 'measured', row: this.id, what, unit: 'ms', ours, rule: { by: 'value', atMost: 10 } }];
    } finally {
      await home.remove();
    }
  },
};

/**
 * The host's own message path with a runner that says when it wrote its result; the channel's `send` is looked at when
 * it is called. One whole turn for each sample: message in, input file, result block, transaction, send.
 */
async function takeSamples(home: BenchHome, { environment }: UsableDriver, runs: number): Promise<number[]> {
  const base = await makeBase(home, environment);
  const tokens = createRunTokens();
  const end = endsOnce(base.lifecycle.stopAll);
  const samples: number[] = [];
  try {
    const { paths, log, config } = base;
    const upstream = { kind: 'url', base: new URL('http://127.0.0.1:9') } as const;
    const egress: EgressDeps = {
      whyRefused: () => 'nothing is measured there',
      judgeService: () => ({ kind: 'other' }),
      dial: createDialer(),
      onReport: () => undefined,
    };
    const metering = { isSpent: () => false, onRequest: () => undefined };
    const gateway = {
      socketPath: paths.gatewaySocket,
      upstream,
      credential: config.credential,
      tokens,
      metering,
      egress,
    };
    const { stop } = await startGateway({ ...gateway, now: systemClock.now, log });
    base.lifecycle.started('gateway', stop);
    const engine = startEngine(base, tokens);
    base.lifecycle.started('runs', () => {
      engine.stopAccepting();
      return engine.settle();
    });
    const { local } = engine;
    const send = local.send.bind(local);
    local.send = (outgoing) => {
      samples.push(nowMs() - Number(outgoing.text) / 1e6);
      return send(outgoing);
    };
    for (let turn = 0; turn <= runs; turn++) {
      local.say(MAIN_CHAT, `turn ${turn}`);
      await until('the result is sent', () => samples.length > turn);
      await sleep(REST_MS);
    }
  } finally {
    await end();
  }
  // The first comes while the sandbox is still new and everything on its way is used for the first time.
  return samples.slice(1);
}

async function makeBase({ config }: BenchHome, environment: UsableDriver['environment']): Promise<Base> {
  const paths = homePaths(config.home);
  const installation = installationId(paths.installationFile);
  const { driver, why } = await chooseHostDriver(config, installation, environment);
  const file = join(paths.logs, 'host.log');
  const { log, flush } = createPinoLog({ level: 'info', file, alsoStderr: false, secrets: [] });
  const lifecycle = createLifecycle(log);
  lifecycle.started('log', flush);
  const stores = openStores(paths.database);
  lifecycle.started('store', () => void stores.database.close());
  const choice = { driver: withStampingRunner(driver), why };
  return { config, paths, installation, choice, stores, lifecycle, log };
}

/** A mount of the specification may stand in for the runner's file. */
function withStampingRunner(driver: SandboxDriver): SandboxDriver {
  const mount = { source: STAMPING_RUNNER, target: '/app/runner.mjs', mode: 'read-only' } as const;
  return { ...driver, start: (spec) => driver.start({ ...spec, mounts: [...spec.mounts, mount] }) };
}
