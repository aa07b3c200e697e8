import type { Config } from '../config/config.ts';
import { NanoError } from '../kernel/errors.ts';
import type { CliDeps, OfflineHome } from './cli-deps.ts';
import type { ControlClient } from './control-client.ts';

/** How often a locked home without a host is looked at again: its host may be starting, or another command be busy. */
const MAX_TRIES = 50;

/** The time between two looks, in milliseconds. */
const TRY_EVERY_MS = 200;

/** Loaded when a command needs it: a host that runs by itself would hold all that it knows of answers for nothing. */
export async function controlClient(deps: Pick<CliDeps, 'paths'>, config: Config): Promise<ControlClient> {
  const { createControlClient } = await import('./control-client.ts');
  return createControlClient(deps.paths(config).controlSocket);
}

/** Does something through the running host, or with the database under the lock when none runs. */
export async function throughHostOrHome<T>(
  deps: CliDeps,
  ways: { host: (client: ControlClient) => Promise<T>; home: (home: OfflineHome) => T },
): Promise<T> {
  const config = deps.config();
  const client = await controlClient(deps, config);
  return withOrWithoutHost(deps, {
    running: () => ways.host(client),
    absent: async () => {
      const home = deps.openHome(config);
      try {
        return ways.home(home);
      } finally {
        home.close();
      }
    },
  });
}

/**
 * Tries `running`, then `absent` when no host answers. Both are tried again for some seconds while the home is locked by
 * somebody who does not answer.
 */
export async function withOrWithoutHost<T>(
  deps: Pick<CliDeps, 'sleep'>,
  ways: { running: () => Promise<T>; absent: () => Promise<T> },
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ways.running();
    } catch (error) {
      if (!hasCode(error, 'host-not-running')) throw error;
    }
    try {
      return await ways.absent();
    } catch (error) {
      if (!hasCode(error, 'home-locked') || tries >= MAX_TRIES) throw error;
    }
    await deps.sleep(TRY_EVERY_MS);
  }
}

function hasCode(error: unknown, code: NanoError['code']): boolean {
  return error instanceof NanoError && error.code === code;
}
