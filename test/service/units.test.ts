import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launchdPlist } from '@nanoclaw/host/background/launchd-plist.js';
import { planService, type ServicePlan } from '@nanoclaw/host/background/service-plan.js';
import { systemdUnit } from '@nanoclaw/host/background/systemd-unit.js';
import { readLaunchdAgent } from '@nanoclaw/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readUnit } from './read-unit.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nanoclaw-units-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** An installation in a folder of this name; its Node.js is there, as systemd-analyze looks for it. */
function planIn(folder: string, environment: Record<string, string> = { PATH: '/usr/bin' }): ServicePlan {
  const place = join(root, folder);
  mkdirSync(place, { recursive: true });
  symlinkSync(process.execPath, join(place, 'node'));
  const paths = { node: join(place, 'node'), checkout: place, home: place, logs: join(place, 'data', 'logs') };
  return planService({ name: 'nanoclaw', ...paths, environment });
}

/** What systemd says of a unit; empty when it has nothing to complain of. */
function complaintsOf(unit: string, scope: 'user' | 'system'): string {
  const file = join(root, 'nanoclaw.service');
  writeFileSync(file, unit);
  const args = [...(scope === 'user' ? ['--user'] : []), '--man=no', 'verify', file];
  const env = { ...process.env, XDG_RUNTIME_DIR: root };
  const { status, stdout, stderr } = spawnSync('systemd-analyze', args, { env, encoding: 'utf8' });
  return status === 0 ? `${stdout}${stderr}` : `exit code ${status}: ${stdout}${stderr}`;
}

const FOLDERS = ['plain', 'with spaces', '100% %h', 'a $HOME b $$', `say "hi" and 'ho'`, 'back\\slash', 'ümläut ; # x'];

describe.each(['user', 'system'] as const)('a %s unit', (scope) => {
  test.each(FOLDERS)('for a folder named %j is taken by systemd, and runs what was meant', (folder) => {
    const plan = planIn(folder, { PATH: `/usr/bin:/opt/${folder}`, HOME: '/home/ann' });

    const unit = systemdUnit(plan, scope);

    expect(complaintsOf(unit, scope)).toBe('');
    const { command, environment } = readUnit(unit);
    expect(command).toEqual(plan.command);
    expect(environment).toEqual({ PATH: `/usr/bin:/opt/${folder}`, HOME: '/home/ann', NANOCLAW_HOME: plan.home });
  });

  test('is refused by this test when something in it is wrong', () => {
    const unit = systemdUnit(planIn('plain'), scope);

    expect(complaintsOf(unit.replace('Restart=', 'Restrat='), scope)).toContain('Restrat');
    expect(complaintsOf(unit.replace(/ExecStart="/, 'ExecStart="/nowhere'), scope)).toContain('not executable');
  });

  test('is started again, watched, and started with the machine', () => {
    const unit = systemdUnit(planIn('plain'), scope);

    for (const line of ['Type=notify', 'Restart=always', 'WatchdogSec=180', 'NotifyAccess=all', 'KillMode=process']) {
      expect(unit.split('\n')).toContain(line);
    }
    expect(unit).toContain(`WantedBy=${scope === 'user' ? 'default.target' : 'multi-user.target'}\n`);
  });
});

describe('a property list', () => {
  test.each([...FOLDERS, '<tag> & "quotes"'])('for a folder named %j says what was meant', (folder) => {
    const plan = planIn(folder, { PATH: `/usr/bin:/opt/${folder}` });

    const agent = readLaunchdAgent(launchdPlist(plan));

    expect(agent).toMatchObject({
      Label: 'com.nanoclaw',
      ProgramArguments: plan.command,
      WorkingDirectory: plan.checkout,
      EnvironmentVariables: { PATH: `/usr/bin:/opt/${folder}`, NANOCLAW_HOME: plan.home },
      Umask: 0o077,
      StandardOutPath: plan.outputFile,
    });
  });

  test('of another installation has another label', () => {
    const plan = { ...planIn('plain'), name: 'work' };

    expect(readLaunchdAgent(launchdPlist(plan)).Label).toBe('com.nanoclaw.work');
    expect(() => readLaunchdAgent(launchdPlist(plan).replace('RunAtLoad', 'RunAtLaod'))).toThrow('RunAtLaod');
  });
});

describe('a plan', () => {
  const given = { node: '/usr/bin/node', checkout: '/srv/n', home: '/srv/n', logs: '/srv/n/l', environment: {} };

  test.each(['', 'Big', 'a b', '../x', 'x'.repeat(33)])('is refused for a service named %j', (name) => {
    expect(() => planService({ name, ...given })).toThrow('is no name of a service');
  });

  test('is refused for a path that no unit can hold', () => {
    expect(() => planService({ name: 'nanoclaw', ...given, home: '/srv/a\nb' })).toThrow('cannot be used in a service');
    expect(() => planService({ name: 'nanoclaw', ...given, node: 'node' })).toThrow('cannot be used in a service');
  });

  test('takes nothing secret from the environment', () => {
    const environment = { PATH: '/bin', ANTHROPIC_API_KEY: 'sk-ant-secret', TELEGRAM_BOT_TOKEN: '1:secret' };

    expect(planService({ name: 'nanoclaw', ...given, environment }).environment).toEqual({
      PATH: '/bin',
      NANOCLAW_HOME: '/srv/n',
    });
  });
});

test('systemd is here to judge units', () => {
  expect(execFileSync('systemd-analyze', ['--version'], { encoding: 'utf8' })).toMatch(/^systemd \d+/);
});
