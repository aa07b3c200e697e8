import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../kernel/clock.ts';
import { createLaunchdManager } from './launchd-manager.ts';
import { createPlainManager } from './plain-manager.ts';
import { createRunProgram } from './run-program.ts';
import type { ServiceManager } from './service-manager.ts';
import { createSystemdManager, systemdAnswers } from './systemd-manager.ts';

export type WantedManager = 'auto' | ServiceManager['kind'];

export interface ManagerFacts {
  readonly platform: NodeJS.Platform;
  readonly uid: number;
  readonly user: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly userHome: string;
  readonly home: string;
  readonly pidFile: string;
  readonly clock: Clock;
}

/** The named manager, or with `auto` the one that answers on this machine, else a plain process. */
export async function chooseManager(wanted: WantedManager, facts: ManagerFacts): Promise<ServiceManager> {
  const { platform, uid, user, userHome } = facts;
  const isRoot = uid === 0;
  const run = createRunProgram({ ...facts.environment, ...runtimeDirectory(facts) });
  if (wanted === 'launchd' || (wanted === 'auto' && platform === 'darwin')) {
    const directory = isRoot ? '/Library/LaunchDaemons' : join(userHome, 'Library', 'LaunchAgents');
    return createLaunchdManager({ domain: isRoot ? 'system' : `gui/${uid}`, directory, run });
  }
  const scope = isRoot ? 'system' : 'user';
  const isSystemd = wanted === 'systemd' || (wanted === 'auto' && (await systemdAnswers({ scope, run })));
  if (!isSystemd) return createPlainManager(facts);
  const config = facts.environment['XDG_CONFIG_HOME'] || join(userHome, '.config');
  const directory = isRoot ? '/etc/systemd/system' : join(config, 'systemd', 'user');
  return createSystemdManager({ scope, directory, user, run });
}

/** Who came by `su` or by a cron job has no session, but may have a manager: it listens in the user's runtime folder. */
function runtimeDirectory({ uid, environment }: ManagerFacts): Record<string, string> {
  const usual = `/run/user/${uid}`;
  return environment['XDG_RUNTIME_DIR'] || !existsSync(usual) ? {} : { XDG_RUNTIME_DIR: usual };
}
