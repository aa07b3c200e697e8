import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createControlClient } from '@nanoclaw/host/cli/control-client.js';
import { homePaths } from '@nanoclaw/host/config/home-files.js';
import { identityOf } from '@nanoclaw/host/kernel/process-identity.js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { aServiceHome, type ServiceHome } from './service-home.ts';

let home: ServiceHome;
beforeEach(() => {
  home = aServiceHome();
  // No service manager answers, as in a container.
  home.program('systemctl', 'echo offline; exit 1');
});
afterEach(() => home.remove());

const pidFile = () => join(home.path, 'data', 'service.json');
const hostPid = async () => (await createControlClient(homePaths(home.path).controlSocket).status()).pid;

test('without a service manager the host runs in the background, is started anew, and ends', async () => {
  const installed = await home.run('service', 'install');
  expect(installed).toMatchObject({ code: 0, stdout: expect.stringContaining('the assistant is ready (plain)') });
  expect(installed.stderr).toContain('nothing starts it at boot');
  const first = await hostPid();
  const status = await home.run('service', 'status', '--json');
  expect(status.code).toBe(0);
  expect(JSON.parse(status.stdout)).toMatchObject({ manager: 'plain', isRunning: true, pid: first, home: home.path });
  expect(readFileSync(join(home.path, 'data', 'logs', 'service.log'), 'utf8')).toContain('is ready');

  expect(await home.run('service', 'install')).toMatchObject({ code: 0 });
  const second = await hostPid();
  expect(second).not.toBe(first);

  expect(await home.run('service', 'uninstall')).toMatchObject({ code: 0 });
  expect(existsSync(pidFile())).toBe(false);
  expect(await home.run('service', 'status')).toMatchObject({ code: 1, stdout: expect.stringContaining('no service') });
  expect(await home.run('status')).toMatchObject({ code: 1, stdout: expect.stringContaining('no host runs') });
  expect(await home.run('service', 'uninstall')).toMatchObject({ stdout: expect.stringContaining('no service') });
});

test('a process that only has the number of the host is not ended', async () => {
  await home.run('groups', 'list');
  // This very process, but one that began at another time.
  writeFileSync(pidFile(), JSON.stringify({ ...identityOf(process.pid), began: '1' }));

  expect(await home.run('service', 'status')).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('it has ended'),
  });
  expect(await home.run('service', 'uninstall')).toMatchObject({ code: 0 });
  expect(existsSync(pidFile())).toBe(false);
});

test('a host that was started by hand is not replaced', async () => {
  await home.run('groups', 'list');
  writeFileSync(homePaths(home.path).lock, JSON.stringify(identityOf(process.pid)));

  const refused = await home.run('service', 'install');

  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('stop it first') });
  expect(existsSync(pidFile())).toBe(false);
});
