import { type Engine, startEngine } from '@nanoclaw/host/app-engine.js';
import { openStores } from '@nanoclaw/host/app-stores.js';
import { loadConfig } from '@nanoclaw/host/config/config.js';
import { homePaths } from '@nanoclaw/host/config/home-files.js';
import { createRunTokens } from '@nanoclaw/host/gateway/run-tokens.js';
import type { Clock } from '@nanoclaw/host/kernel/clock.js';
import { armFailpoint, type FailpointName } from '@nanoclaw/host/kernel/failpoints.js';
import { createLifecycle } from '@nanoclaw/host/kernel/lifecycle.js';
import type { Log } from '@nanoclaw/host/kernel/log.js';
import type { Chance } from './chance.ts';
import type { Platform } from './platform.ts';
import { createSandboxes, type SimulatedSandboxes } from './sandboxes.ts';

/** One process of the host, from its start to its crash. What outlives it is the home and the platforms. */
export interface HostLife {
  readonly engine: Engine;
  readonly stores: ReturnType<typeof openStores>;
  readonly sandboxes: SimulatedSandboxes;
  now(): number;
  isDead(): boolean;
  /** Dies at this instant: nothing of it has any effect from now on. */
  crash(): void;
  /** Dies when it passes the place for the nth time. */
  crashAt(name: FailpointName, pass: number): void;
}

/** The settings of every simulated life: short times, so that little simulated time shows everything. */
const SETTINGS = {
  IDLE_TIMEOUT: '20000',
  CONTAINER_TIMEOUT: '60000',
  STILL_WORKING_AFTER: '30000',
  MAX_CONCURRENT_CONTAINERS: '2',
  TZ: 'UTC',
};

export function startHostLife(world: {
  home: string;
  clock: Clock;
  chance: Chance;
  platforms: readonly Platform[];
  log: Log;
}): HostLife {
  const { home, chance, platforms, log } = world;
  let isDead = false;
  const clock = mortalClock(world.clock, () => isDead);
  const config = loadConfig({ NANOCLAW_HOME: home, NANOCLAW_CONFIG_HOME: home, ...SETTINGS }, home);
  const paths = homePaths(home);
  const stores = openStores(paths.database);
  stores.database.pragma('synchronous = OFF');
  const sandboxes = createSandboxes({ clock, chance, isDead: () => isDead });
  stores.turns.failRunning('host-died', clock.now());
  const choice = { driver: sandboxes.driver, why: 'a simulation' };
  const base = { config, paths, stores, installation: 'nc-sim', lifecycle: createLifecycle(log), log, choice };
  const nature = { clock, random: chance.next, watch: () => ({ close: () => undefined }) };
  const channels = platforms.map((platform) => () => platform.channel({ clock, isDead: () => isDead }));
  const engine = startEngine(base, createRunTokens(), { nature, channels });
  let disarm = (): void => undefined;

  function crash(): void {
    if (isDead) return;
    isDead = true;
    disarm();
    const begun = stores.database.prepare("SELECT id FROM outbox WHERE state = 'sending'").pluck().all() as number[];
    for (const platform of platforms) for (const id of begun) platform.doubtful.add(id);
    stores.database.close();
  }
  return {
    engine,
    stores,
    sandboxes,
    now: clock.now,
    isDead: () => isDead,
    crash,
    crashAt(name, pass) {
      let left = pass;
      disarm();
      disarm = armFailpoint(name, () => {
        if (--left > 0) return;
        crash();
        throw new Error(`the host died at ${name}`);
      });
    },
  };
}

/** What a dead process slept on never wakes it. */
function mortalClock(clock: Clock, isDead: () => boolean): Clock {
  return {
    now: () => clock.now(),
    async sleep(ms, signal) {
      await clock.sleep(ms, signal);
      if (isDead()) await new Promise(() => undefined);
    },
  };
}
