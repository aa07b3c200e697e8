import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { chooseManager } from '@nanoclaw/host/background/choose-manager.js';
import type { ServiceManager } from '@nanoclaw/host/background/service-manager.js';
import { planService } from '@nanoclaw/host/background/service-plan.js';
import { systemClock } from '@nanoclaw/host/kernel/clock.js';
import { readLaunchdAgent } from '@nanoclaw/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { aServiceHome, type ServiceHome } from './service-home.ts';

let home: ServiceHome;
beforeEach(() => {
  home = aServiceHome();
});
afterEach(() => home.remove());

/** The manager as a user who is not root has it; the programs are the stand-ins. */
function manager(platform: NodeJS.Platform): Promise<ServiceManager> {
  return chooseManager('auto', {
    platform,
    uid: 501,
    user: 'ann',
    userHome: home.user,
    home: home.path,
    pidFile: join(home.path, 'data', 'service.json'),
    environment: home.env,
    clock: systemClock,
  });
}

const plan = (name = 'nanoclaw') =>
  planService({
    name,
    node: process.execPath,
    checkout: home.path,
    home: home.path,
    logs: join(home.path, 'data', 'logs'),
    environment: home.env,
  });

/** A systemd that answers, with a user whose services end with the session, as at first. */
function aSystemd({ linger = 'no', enableLinger = 'exit 0' } = {}): void {
  home.program(
    'systemctl',
    `case "$*" in
       *is-system-running*) echo degraded; exit 1;;
       *show*) printf 'MainPID=42\\nActiveState=active\\nSubState=running\\nUnitFileState=enabled\\nNRestarts=3\\n';;
     esac`,
  );
  home.program('loginctl', `case "$1" in show-user) echo ${linger};; enable-linger) ${enableLinger};; esac`);
}

describe('systemd', () => {
  const unit = () => join(home.user, '.config', 'systemd', 'user', 'nanoclaw.service');

  test('gets the unit, starts it now and at boot, and keeps it after a logout', async () => {
    aSystemd();
    const systemd = await manager('linux');

    const notes = await systemd.install(plan());

    expect(systemd.kind).toBe('systemd');
    expect(readFileSync(unit(), 'utf8')).toBe(systemd.print(plan()));
    expect(home.asked()).toEqual([
      'systemctl --user daemon-reload',
      'systemctl --user enable nanoclaw.service',
      'loginctl enable-linger ann',
      'systemctl --user restart --no-block nanoclaw.service',
    ]);
    expect(notes).toEqual([`wrote ${unit()}`, expect.stringContaining('linger is on for ann')]);
  });

  test('says what is missing when linger may not be switched on', async () => {
    aSystemd({ enableLinger: 'echo "Access denied" >&2; exit 1' });
    const systemd = await manager('linux');

    const notes = await systemd.install(plan());

    expect(notes[1]).toMatch(/Access denied.*run sudo loginctl enable-linger ann/);
    expect(await systemd.status('nanoclaw')).toMatchObject({ startsAtBoot: false });
  });

  test('tells how it is', async () => {
    aSystemd({ linger: 'yes' });
    const systemd = await manager('linux');
    await systemd.install(plan());

    expect(await systemd.status('nanoclaw')).toEqual({
      isInstalled: true,
      isRunning: true,
      startsAtBoot: true,
      pid: 42,
      file: unit(),
      home: home.path,
      facts: ['nanoclaw.service: active, running; started again 3 times'],
    });
  });

  test('is rid of it after uninstall, and has nothing to do then', async () => {
    aSystemd({ linger: 'yes' });
    const systemd = await manager('linux');
    await systemd.install(plan());
    const before = home.asked().length;

    expect(await systemd.uninstall('nanoclaw')).toBe(true);
    expect(await systemd.uninstall('nanoclaw')).toBe(false);

    expect(existsSync(unit())).toBe(false);
    expect(home.asked().slice(before)).toEqual([
      'systemctl --user disable --now nanoclaw.service',
      'systemctl --user daemon-reload',
    ]);
  });

  test("takes v1's unit of the same folder over, and leaves that of another home alone", async () => {
    aSystemd({ linger: 'yes' });
    const systemd = await manager('linux');
    mkdirSync(join(home.user, '.config', 'systemd', 'user'), { recursive: true });
    const v1 = (folder: string): string =>
      `[Service]\nWorkingDirectory=${folder}\nExecStart=/usr/bin/node dist/index.js\n`;

    writeFileSync(unit(), v1('/srv/another'));
    await expect(systemd.install(plan())).rejects.toMatchObject({
      code: 'service-failed',
      message: expect.stringContaining('is the service of /srv/another'),
    });
    expect(readFileSync(unit(), 'utf8')).toBe(v1('/srv/another'));
    expect(home.asked()).toEqual([]);
    writeFileSync(unit(), v1(home.path));
    await systemd.install(plan());

    expect(readFileSync(unit(), 'utf8')).toContain('Type=notify');
  });

  test('that fails is quoted', async () => {
    home.program(
      'systemctl',
      'case "$*" in *is-system-running*) echo running;; *enable*) echo "no space" >&2; exit 1;; esac',
    );

    const refusal = (await manager('linux')).install(plan());

    await expect(refusal).rejects.toMatchObject({
      code: 'service-failed',
      message: 'systemctl enable nanoclaw.service failed: no space',
    });
  });
});

describe('launchd', () => {
  const file = () => join(home.user, 'Library', 'LaunchAgents', 'com.nanoclaw.plist');

  test('gets the property list, and a loaded one is unloaded before', async () => {
    home.program(
      'launchctl',
      'case "$1" in bootout) exit 3;; print) printf "\\tstate = running\\n\\tpid = 77\\n";; esac',
    );
    const launchd = await manager('darwin');

    await launchd.install(plan());

    expect(readLaunchdAgent(readFileSync(file(), 'utf8')).EnvironmentVariables).toMatchObject({
      NANOCLAW_HOME: home.path,
    });
    expect(home.asked()).toEqual(['launchctl bootout gui/501/com.nanoclaw', `launchctl bootstrap gui/501 ${file()}`]);
    expect(await launchd.status('nanoclaw')).toMatchObject({ isRunning: true, pid: 77, startsAtBoot: true });
    expect(await launchd.uninstall('nanoclaw')).toBe(true);
    expect(existsSync(file())).toBe(false);
  });

  test('that refuses is quoted, and the list of another home is left alone', async () => {
    home.program('launchctl', 'case "$1" in bootstrap) echo "Bootstrap failed: 5" >&2; exit 5;; esac');
    const launchd = await manager('darwin');

    await expect(launchd.install(plan())).rejects.toThrow('launchctl bootstrap failed: Bootstrap failed: 5');
    writeFileSync(file(), '<plist/>');
    await expect(launchd.install(plan())).rejects.toThrow('is the service of another home');
  });
});

test('where no manager answers a plain process is what there is', async () => {
  home.program('systemctl', 'echo offline; exit 1');

  expect((await manager('linux')).kind).toBe('plain');
});

test('the command asks systemd as the user who runs it', async () => {
  aSystemd({ linger: 'yes' });
  const isRoot = userInfo().uid === 0;

  const printed = await home.run('service', 'print', '--name', 'work');
  const status = await home.run('service', 'status', '--name', 'work-that-is-not', '--json');
  const refused = await home.run('service', 'print', '--name', 'No Name');

  expect(printed.stdout).toContain(`WantedBy=${isRoot ? 'multi-user.target' : 'default.target'}`);
  expect(JSON.parse(status.stdout)).toMatchObject({ manager: 'systemd', isInstalled: false });
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('is no name of a service') });
});
