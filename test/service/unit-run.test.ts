import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createControlClient } from '@nanoclaw/host/cli/control-client.js';
import { homePaths } from '@nanoclaw/host/config/home-files.js';
import { until } from '@nanoclaw/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type NotifyReceiver, startNotifyReceiver } from './notify-receiver.ts';
import { readUnit } from './read-unit.ts';
import { aServiceHome, type ServiceHome } from './service-home.ts';

const LIMIT_MS = 120_000;

let home: ServiceHome;
let receiver: NotifyReceiver | undefined;
let child: ChildProcess | undefined;
beforeEach(() => {
  home = aServiceHome('a folder with spaces');
});
afterEach(async () => {
  if (child && child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
  await receiver?.close();
  await home.remove();
});

/** Starts what the printed unit says, as systemd does: its command, its environment and nothing else. */
async function startUnit(given: Record<string, string>, beforeStart: () => void = () => undefined) {
  const printed = await home.run('service', 'print', '--manager', 'systemd');
  expect(printed).toMatchObject({ code: 0, stderr: '' });
  const { command, environment } = readUnit(printed.stdout);
  beforeStart();
  const [program, ...args] = command;
  const started = spawn(program!, args, { env: { ...environment, ...given }, stdio: ['ignore', 'pipe', 'pipe'] });
  child = started;
  let printedText = '';
  for (const stream of [started.stdout, started.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printedText += text;
    });
  }
  const code = once(started, 'close').then(([exitCode]) => exitCode as number | null);
  return { started, code, printed: () => printedText };
}

test('the command line of the unit runs until the host is ready, says that it is well, and that it stops', async () => {
  receiver = await startNotifyReceiver(home.directory);
  const { heard, socket } = receiver;
  const watchdog = { WATCHDOG_USEC: '6000000' };

  const { started, code } = await startUnit({ NOTIFY_SOCKET: socket, ...watchdog });
  await until('it is ready', () => heard.includes('READY=1'), LIMIT_MS);
  const status = await createControlClient(homePaths(home.path).controlSocket).status();
  await until(
    'it says twice that it is well',
    () => heard.filter((line) => line === 'WATCHDOG=1').length >= 2,
    LIMIT_MS,
  );
  started.kill('SIGTERM');

  expect(status).toMatchObject({ pid: started.pid, home: home.path });
  expect(await code).toBe(0);
  expect(heard.indexOf('STOPPING=1')).toBeGreaterThan(heard.indexOf('READY=1'));
});

test('a host that is not ready says nothing of the kind', async () => {
  receiver = await startNotifyReceiver(home.directory);
  const spoil = (): void => writeFileSync(join(home.path, '.env'), 'SANDBOX=none\n');

  const { code, printed } = await startUnit({ NOTIFY_SOCKET: receiver.socket }, spoil);

  expect(await code).toBe(1);
  expect(printed()).toContain('SANDBOX is "none"');
  expect(receiver.heard).toEqual(['listening']);
});

test('programs that the host starts do not hear of the socket', async () => {
  receiver = await startNotifyReceiver(home.directory);
  const { heard, socket } = receiver;
  const programs = mkdtempSync(join(tmpdir(), 'nanoclaw-programs-'));
  try {
    const seen = join(programs, 'seen');
    writeFileSync(join(programs, 'docker'), `#!/bin/sh\nenv >> '${seen}'\nexit 1\n`, { mode: 0o755 });
    writeFileSync(join(home.path, '.env'), 'SANDBOX=docker\n');

    await startUnit({ NOTIFY_SOCKET: socket, PATH: `${programs}:${process.env['PATH']}` });
    const environment = await until('docker is asked', () => text(seen), LIMIT_MS);

    expect(environment).toContain('PATH=');
    expect(environment).not.toContain('NOTIFY_SOCKET');
    expect(heard).toEqual(['listening']);
  } finally {
    rmSync(programs, { recursive: true, force: true });
  }
});

function text(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8') || undefined;
  } catch {
    return undefined;
  }
}
