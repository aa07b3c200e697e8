import { join } from 'node:path';
import { NanoError } from '../kernel/errors.ts';
import { launchdLabel, launchdPlist } from './launchd-plist.ts';
import { complaint, type RunProgram } from './run-program.ts';
import type { ServiceManager } from './service-manager.ts';
import { readUnit, removeUnit, writeUnit } from './unit-files.ts';

export interface LaunchdDeps {
  /** `gui/501` for a user who is logged in, `system` for root. */
  readonly domain: string;
  readonly directory: string;
  readonly run: RunProgram;
}

export function createLaunchdManager({ domain, directory, run }: LaunchdDeps): ServiceManager {
  const fileOf = (name: string): string => join(directory, `${launchdLabel(name)}.plist`);
  const target = (name: string): string => `${domain}/${launchdLabel(name)}`;

  return {
    kind: 'launchd',
    detail: `launchd, ${domain}`,
    print: launchdPlist,
    async install(plan) {
      const file = fileOf(plan.name);
      const text = readUnit(file);
      if (text !== undefined && !text.includes(`<string>${escapedHome(plan.home)}</string>`)) {
        const why = `${file} is the service of another home`;
        throw new NanoError('service-failed', `${why}: uninstall it there, or choose another name with --name`);
      }
      writeUnit(file, launchdPlist(plan));
      // One that is loaded keeps its old list; one that is not cannot be unloaded, which is no failure.
      await run('launchctl', 'bootout', target(plan.name));
      const end = await run('launchctl', 'bootstrap', domain, file);
      if (end.code !== 0) throw new NanoError('service-failed', `launchctl bootstrap failed: ${complaint(end)}`);
      return [`wrote ${file}`];
    },
    async uninstall(name) {
      if (readUnit(fileOf(name)) === undefined) return false;
      await run('launchctl', 'bootout', target(name));
      removeUnit(fileOf(name));
      return true;
    },
    async status(name) {
      const file = fileOf(name);
      const isInstalled = readUnit(file) !== undefined;
      const end = await run('launchctl', 'print', target(name));
      const pid = Number(/^\s*pid = (\d+)$/m.exec(end.stdout)?.[1] ?? 0);
      const state = end.code === 0 ? (/^\s*state = (.+)$/m.exec(end.stdout)?.[1] ?? 'loaded') : 'not loaded';
      return {
        isInstalled,
        isRunning: pid > 0,
        startsAtBoot: isInstalled && end.code === 0,
        file,
        ...(pid > 0 && { pid }),
        facts: isInstalled ? [`${launchdLabel(name)}: ${state}`] : [],
      };
    },
  };
}

function escapedHome(home: string): string {
  return home.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
