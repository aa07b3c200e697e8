import { afterEach, expect, test } from 'vitest';
import { aHome, type CliHome, until } from '../../../../../test/cli/cli-home.ts';
import { aboutHost, runCommand, startCommand } from '../../../../../test/cli/cli-run.ts';
import { planGroup } from '../../groups/group.ts';
import { NanoError } from '../../kernel/errors.ts';
import type { RunningHost } from '../cli-deps.ts';

const homes: CliHome[] = [];
afterEach(async () => {
  for (const home of homes.splice(0)) await home.remove();
});

function home(): CliHome {
  const made = aHome();
  homes.push(made);
  return made;
}

const TERMINAL = { columns: 80, rows: 24 };

test('start says when it is ready and with what, runs until ^C, and drains with success', async () => {
  const host = home();
  const run = startCommand(host, ['start']);
  await until(() => run.stdout() !== '');

  expect(run.stdout()).toBe('Andy is ready (practice model: no key is set; sandbox: bubblewrap)\n');
  expect(run.stderr()).toBe('sandbox: bubblewrap\n');
  expect(host.isRunning()).toBe(true);
  run.signal();

  expect(await run.code).toBe(0);
  expect(run.stderr()).toMatch(/stopping: .*\^C again stops at once\nstopped\n$/);
  expect(run.hostEvents).toEqual(['start, log to stderr', 'drain']);
});

test('a second signal stops at once, with 130', async () => {
  let finishDrain = (): void => {};
  const events: string[] = [];
  const host = home();
  const aSlowHost: RunningHost = {
    local: host.local,
    about: aboutHost(host),
    hasPage: () => false,
    status: async () => host.status,
    openPage: async () => '',
    drain: () => new Promise<void>((resolve) => (finishDrain = resolve)),
    stopNow: async () => {
      events.push('stop now');
      finishDrain();
    },
  };
  const run = startCommand(host, ['start'], { deps: { startHost: async () => aSlowHost } });
  await until(() => run.stdout() !== '');
  run.signal();
  await until(() => run.stderr().includes('stopping'));
  expect(events).toEqual([]);

  run.signal();

  expect(await run.code).toBe(130);
  expect(events).toContain('stop now');
});

test('--page prints the one-time address, and so does a page that the configuration opens', async () => {
  for (const isConfigured of [false, true]) {
    const host = home();
    if (isConfigured) host.status = { ...host.status, web: { port: 4321 } };
    const run = startCommand(host, isConfigured ? ['start'] : ['start', '--page']);
    await until(() => run.stdout().includes('page: '));
    expect(run.stdout()).toContain('page: http://127.0.0.1:4321/login?code=once\n');
    run.signal();
    expect(await run.code).toBe(0);
  }
});

test('what keeps the host from starting is one sentence and exits with 1', async () => {
  const startHost = async (): Promise<never> => {
    throw new NanoError('home-locked', 'another NanoClaw (process 7) runs on this home: stop it first');
  };
  const result = await runCommand(home(), ['start'], { deps: { startHost } });
  expect(result).toMatchObject({
    code: 1,
    stdout: '',
    stderr: 'nanoclaw: another NanoClaw (process 7) runs on this home: stop it first\n',
  });
});

test('two signals while the host starts end the command', async () => {
  const run = startCommand(home(), ['start'], { deps: { startHost: () => new Promise(() => {}) } });
  run.signal();
  run.signal();
  expect(await run.code).toBe(130);
});

test('one signal while the host starts ends it as soon as it has started', async () => {
  const host = home();
  const run = startCommand(host, ['start']);
  run.signal();
  expect(await run.code).toBe(0);
  expect(run.hostEvents).toEqual(['start, log to stderr', 'drain']);
});

test('a failure after the start still drains the host', async () => {
  const host = home();
  const run = startCommand(host, ['start'], { terminal: TERMINAL, deps: { sleep: async () => {} } });
  await until(() => run.screen.text().includes('you>'));
  await host.stop();
  host.groups.remove('local:main');
  const wish = { jid: 'local:other', name: 'o', folder: 'o', isMain: true, requiresTrigger: false };
  host.groups.add(planGroup(wish, { trigger: '@Andy', addedAt: '' }));
  await host.start();

  expect(await run.code).toBe(1);
  expect(run.hostEvents).toContain('drain');
  expect(run.hostEvents.at(-2)).toBe('raw false');
});

test.each([
  ['/quit', '/quit\r'],
  ['^D', '\u0004'],
  ['^C', '\u0003'],
])('on a terminal there is a chat with the log in a file, and %s ends the host, too', async (_, keys) => {
  const host = home();
  host.onMessage(async (text) => {
    host.answer(`you said ${text}`);
    await host.rest();
  });
  const run = startCommand(host, ['start'], { terminal: TERMINAL });
  await until(() => run.screen.text().includes('you>'));
  run.type('hello\r');
  await until(() => run.screen.text().includes('Andy: you said hello'));

  run.type(keys);

  expect(await run.code).toBe(0);
  expect(run.hostEvents).toEqual(['start, log to file', 'raw true', 'raw false', 'drain']);
});

test('--no-chat shows the log on a terminal instead', async () => {
  const host = home();
  const run = startCommand(host, ['start', '--no-chat'], { terminal: TERMINAL });
  await until(() => run.stdout().includes('is ready'));
  run.signal();
  expect(await run.code).toBe(0);
  expect(run.hostEvents).toEqual(['start, log to stderr', 'drain']);
});
