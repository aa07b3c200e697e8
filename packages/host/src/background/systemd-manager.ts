import { join } from 'node:path';
import { NanoError } from '../kernel/errors.ts';
import { complaint, type RunProgram } from './run-program.ts';
import type { ServiceManager, ServiceState } from './service-manager.ts';
import type { ServicePlan } from './service-plan.ts';
import { systemdUnit } from './systemd-unit.ts';
import { readUnit, removeUnit, writeUnit } from './unit-files.ts';

/** States in which systemd takes orders; `degraded` only says that some other unit has failed. */
const ANSWERS = /^(running|degraded|starting|initializing|maintenance|stopping)$/;

export interface SystemdDeps {
  /** Root's units belong to the machine, everybody else's to their owner. */
  readonly scope: 'user' | 'system';
  /** Where units of that scope are put. */
  readonly directory: string;
  readonly user: string;
  readonly run: RunProgram;
}

/** Whether systemd runs this machine, or this user's services, now. */
export async function systemdAnswers({ scope, run }: Pick<SystemdDeps, 'scope' | 'run'>): Promise<boolean> {
  const { stdout } = await run('systemctl', ...scopeArguments(scope), 'is-system-running');
  return ANSWERS.test(stdout.trim());
}

export function createSystemdManager({ scope, directory, user, run }: SystemdDeps): ServiceManager {
  const unitOf = (name: string): string => `${name}.service`;
  const fileOf = (name: string): string => join(directory, unitOf(name));

  async function systemctl(...args: string[]): Promise<void> {
    const end = await run('systemctl', ...scopeArguments(scope), ...args);
    if (end.code === 0) return;
    throw new NanoError('service-failed', `systemctl ${args.join(' ')} failed: ${complaint(end)}`);
  }

  async function linger(): Promise<boolean> {
    if (scope === 'system') return true;
    return (await run('loginctl', 'show-user', user, '--property=Linger', '--value')).stdout.trim() === 'yes';
  }

  /** Without it a user's services end with the last session. */
  async function keepAfterLogout(): Promise<string[]> {
    if (await linger()) return [];
    const end = await run('loginctl', 'enable-linger', user);
    if (end.code === 0) return [`linger is on for ${user}: it runs from boot on, without anybody logged in`];
    const why = `linger cannot be switched on (${complaint(end)})`;
    return [`${why}: it ends when you log out, until you run sudo loginctl enable-linger ${user}`];
  }

  return {
    kind: 'systemd',
    detail: scope === 'system' ? "systemd, a unit of the machine's" : 'systemd, a unit of your own',
    print: (plan) => systemdUnit(plan, scope),
    async install(plan) {
      refuseForeign(fileOf(plan.name), plan);
      writeUnit(fileOf(plan.name), systemdUnit(plan, scope));
      await systemctl('daemon-reload');
      await systemctl('enable', unitOf(plan.name));
      const notes = await keepAfterLogout();
      // It is ready only when its sandbox is: whoever installs it looks by himself.
      await systemctl('restart', '--no-block', unitOf(plan.name));
      return [`wrote ${fileOf(plan.name)}`, ...notes];
    },
    async uninstall(name) {
      if (readUnit(fileOf(name)) === undefined) return false;
      await systemctl('disable', '--now', unitOf(name));
      removeUnit(fileOf(name));
      await systemctl('daemon-reload');
      return true;
    },
    async status(name): Promise<ServiceState> {
      const file = fileOf(name);
      const text = readUnit(file);
      const asked = 'ActiveState,SubState,MainPID,UnitFileState,NRestarts,Result';
      const end = await run('systemctl', ...scopeArguments(scope), 'show', unitOf(name), `--property=${asked}`);
      const shown = properties(end.stdout);
      const pid = Number(shown['MainPID'] ?? 0);
      const isEnabled = shown['UnitFileState'] === 'enabled';
      const keepsRunning = await linger();
      const state = [shown['ActiveState'] ?? 'unknown', shown['SubState']].filter(Boolean).join(', ');
      const facts = [
        `${unitOf(name)}: ${state}; started again ${shown['NRestarts'] ?? '0'} times`,
        ...(keepsRunning ? [] : [`linger is off: it ends when ${user} logs out`]),
      ];
      const home = text === undefined ? undefined : homeOfUnit(text);
      return {
        isInstalled: text !== undefined,
        isRunning: shown['ActiveState'] === 'active',
        startsAtBoot: isEnabled && keepsRunning,
        file,
        ...(pid > 0 && { pid }),
        ...(home !== undefined && { home }),
        facts: text === undefined ? [] : facts,
      };
    },
  };
}

function scopeArguments(scope: 'user' | 'system'): string[] {
  return scope === 'user' ? ['--user'] : [];
}

/** Which home a unit is for: what ours say, or the folder that v1's runs in. */
function homeOfUnit(text: string): string | undefined {
  const own = /^Environment="NANOCLAW_HOME=(.*)"$/m.exec(text)?.[1];
  if (own !== undefined) return own.replaceAll(/\\(["\\])/g, '$1').replaceAll('%%', '%');
  return /^WorkingDirectory=(.*)$/m.exec(text)?.[1]?.replaceAll('%%', '%');
}

function refuseForeign(file: string, plan: ServicePlan): void {
  const text = readUnit(file);
  const home = text === undefined ? undefined : homeOfUnit(text);
  if (text === undefined || home === plan.home) return;
  const why = `${file} is the service of ${home ?? 'something else'}`;
  throw new NanoError('service-failed', `${why}: uninstall it there, or choose another name with --name`);
}

function properties(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split('\n').flatMap((line) => {
      const at = line.indexOf('=');
      return at < 1 ? [] : [[line.slice(0, at), line.slice(at + 1).trim()]];
    }),
  );
}
