import { afterEach, describe, expect, test } from 'vitest';
import { aHome, type CliHome, MAIN } from '../../../../../test/cli/cli-home.ts';
import { runCommand, startCommand } from '../../../../../test/cli/cli-run.ts';
import { lockHome } from '../../config/lock-files.ts';

const homes: CliHome[] = [];
afterEach(async () => {
  for (const home of homes.splice(0)) await home.remove();
});

/** A home with the built-in chat; a host runs on it or not. */
async function aHomeWith(host: 'host' | 'no host'): Promise<CliHome> {
  const home = aHome();
  homes.push(home);
  await home.start();
  if (host === 'no host') await home.stop();
  return home;
}

const NOTES = ['--jid', 'local:notes', '--name', 'Notes', '--folder', 'notes'];

describe.each(['host', 'no host'] as const)('with %s', (kind) => {
  test('groups are listed, as a table and as JSON', async () => {
    const home = await aHomeWith(kind);

    const table = await runCommand(home, ['groups', 'list']);
    const json = await runCommand(home, ['groups', 'list', '--json']);

    expect(table).toMatchObject({ code: 0, stderr: '' });
    expect(table.stdout).toMatch(/^FOLDER +CHAT +ANSWERS +MAIN +NAME\nmain +local:main +every message +yes +main\n$/);
    expect(json).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(json.stdout)).toEqual(home.groups.list());
    expect(table.hostEvents).toEqual(kind === 'host' ? [] : ['home opened', 'home closed']);
  });

  test('an unknown name is refused with what it should name and where to look', async () => {
    const home = await aHomeWith(kind);
    const refusals = [
      [['groups', 'show', 'nope'], 'there is no group nope: see nanoclaw groups list'],
      [['groups', 'remove', 'nope'], 'there is no group nope: see nanoclaw groups list'],
      [['messages', 'nope'], 'there is no chat nope here: see nanoclaw groups list'],
      [['sandbox', 'stop', 'nope'], 'there is no live sandbox nope: see nanoclaw sandbox list'],
    ] as const;
    for (const [words, sentence] of refusals) {
      expect(await runCommand(home, [...words])).toMatchObject({
        code: 1,
        stdout: '',
        stderr: `nanoclaw: ${sentence}\n`,
      });
    }
  });

  test('no groups are said on stderr, and are an empty JSON array', async () => {
    const home = await aHomeWith(kind);
    home.groups.remove(MAIN);
    expect(await runCommand(home, ['groups', 'list'])).toMatchObject({ code: 0, stdout: '' });
    expect((await runCommand(home, ['groups', 'list', '--json'])).stdout).toBe('[]\n');
  });

  test.each(['local:main', 'main'])('a group is shown by chat id and by folder: %s', async (name) => {
    const home = await aHomeWith(kind);
    const shown = await runCommand(home, ['groups', 'show', name]);
    expect(shown.code).toBe(0);
    expect(shown.stdout).toMatch(/^chat +local:main$/m);
    const json = await runCommand(home, ['groups', 'show', name, '--json']);
    expect(JSON.parse(json.stdout)).toEqual(home.groups.find('local:main'));
  });

  test('a group is registered with its folder, and what it answers is said', async () => {
    const home = await aHomeWith(kind);

    const text = await runCommand(home, ['groups', 'register', ...NOTES, '--trigger', '@Bot']);
    const json = await runCommand(home, [
      'groups',
      'register',
      '--jid',
      'tg:-1',
      '--name',
      'T',
      '--folder',
      't',
      '--no-trigger',
      '--json',
    ]);

    expect(text).toMatchObject({ code: 0, stdout: 'registered local:notes with folder notes; it answers @Bot\n' });
    expect(home.groups.find('local:notes')).toMatchObject({ trigger: '@Bot', requiresTrigger: true, isMain: false });
    expect(JSON.parse(json.stdout)).toEqual(home.groups.find('tg:-1'));
    expect(home.groups.find('tg:-1')).toMatchObject({ requiresTrigger: false, trigger: '@Andy' });
    expect(home.groupChanges()).toBe(kind === 'host' ? 2 : 0);
  });

  test.each([
    [['--jid', 'local:x', '--name', 'X', '--folder', 'main'], 'folder main belongs to chat local:main'],
    [['--jid', 'local:main', '--name', 'X', '--folder', 'x'], 'chat local:main is registered already'],
    [['--jid', 'local:x', '--name', 'X', '--folder', 'x', '--main'], 'chat local:main is main already'],
    [['--jid', 'local:x', '--name', 'X', '--folder', '../x'], 'folder: '],
    [['--jid', 'local:x', '--name', 'a\nb', '--folder', 'x'], 'name: one line of printable characters'],
    [['--jid', 'a b', '--name', 'X', '--folder', 'x'], 'chat id "a b" cannot be'],
  ])('a registration that cannot be is refused in one line: %j', async (wish, reason) => {
    const home = await aHomeWith(kind);
    const result = await runCommand(home, ['groups', 'register', ...wish, '--json']);
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toContain(reason);
    expect(result.stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(home.groups.list()).toHaveLength(1);
  });

  test('a group is removed, and what is not there is refused', async () => {
    const home = await aHomeWith(kind);
    await runCommand(home, ['groups', 'register', ...NOTES]);

    const removed = await runCommand(home, ['groups', 'remove', 'notes']);
    const again = await runCommand(home, ['groups', 'remove', 'notes']);

    expect(removed).toMatchObject({ code: 0, stdout: 'removed local:notes; folder notes and its messages stay\n' });
    expect(again).toMatchObject({ code: 1, stdout: '' });
    expect(again.stderr).toMatch(/^nanoclaw: there is no .*notes/);
    const main = await runCommand(home, ['groups', 'remove', 'main', '--json']);
    expect(JSON.parse(main.stdout)).toMatchObject({ jid: 'local:main' });
    expect(home.groups.list()).toEqual([]);
  });

  test('the newest messages of a chat are printed in order, as a table and as JSON', async () => {
    const home = await aHomeWith(kind);
    home.local.say(MAIN, 'hello');
    home.answer('first line\nsecond line');
    home.answer('last');

    const table = await runCommand(home, ['messages', 'local:main']);
    const json = await runCommand(home, ['messages', 'local:main', '--limit', '2', '--json']);

    expect(table.stdout.split('\n')).toEqual([
      'SEQ  TIME                 SENDER  TEXT',
      '1    2026-03-04 12:00:00  Owner   hello',
      '2    2026-03-04 12:00:00  Andy    first line',
      '                                  second line',
      '3    2026-03-04 12:00:00  Andy    last',
      '',
    ]);
    expect(JSON.parse(json.stdout)).toEqual(home.messages.before(MAIN, 1_000, 2));
  });

  test('the messages of a chat that is not there are refused', async () => {
    const home = await aHomeWith(kind);
    const result = await runCommand(home, ['messages', 'tg:404']);
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toContain('tg:404');
  });

  test('live sandboxes are listed and stopped', async () => {
    const home = await aHomeWith(kind);
    home.sandboxes.push({ name: 'nc-1', groupFolder: 'main', runId: 'run-1', startedAtMs: Date.UTC(2026, 2, 4, 12) });
    home.sandboxes.push({ name: 'nc-2', groupFolder: 'notes', runId: 'run-2' });

    const table = await runCommand(home, ['sandbox', 'list']);
    const json = await runCommand(home, ['sandbox', 'list', '--json']);
    const stopped = await runCommand(home, ['sandbox', 'stop', 'nc-1']);
    const again = await runCommand(home, ['sandbox', 'stop', 'nc-1']);

    expect(table.stdout).toMatch(/^nc-1 +main +run-1 +2026-03-04 12:00:00\nnc-2 +notes +run-2 +unknown$/m);
    expect(JSON.parse(json.stdout)).toHaveLength(2);
    expect(stopped).toMatchObject({ code: 0, stdout: 'stopped nc-1\n' });
    expect(again).toMatchObject({ code: 1, stdout: '' });
    expect(home.sandboxes.map(({ name }) => name)).toEqual(['nc-2']);
    home.sandboxes.length = 0;
    expect(await runCommand(home, ['sandbox', 'list'])).toMatchObject({
      code: 0,
      stdout: '',
      stderr: 'no sandbox is live\n',
    });
  });
});

test('escape sequences in messages do not reach a terminal, and a pipe gets the text as it is', async () => {
  const home = await aHomeWith('host');
  const evil = 'a\u001b]52;c;ZXZpbA==\u0007b\u009b2J';
  home.answer(evil);

  const shown = await runCommand(home, ['messages', 'local:main'], { tty: ['stdout'] });
  const piped = await runCommand(home, ['messages', 'local:main']);

  expect(shown.stdout).not.toMatch(/[^\P{Cc}\n]/u);
  expect(shown.stdout).toContain('␛]52;');
  expect(piped.stdout).toContain(evil);
});

test('a home that a host is just starting on is asked again until the host answers', async () => {
  const home = await aHomeWith('no host');
  const unlock = lockHome(home.paths.lock);
  const run = startCommand(home, ['groups', 'list', '--json']);

  await home.start();

  expect(await run.code).toBe(0);
  expect(run.hostEvents).toEqual([]);
  expect(JSON.parse(run.stdout())).toHaveLength(1);
  unlock();
});

test('a home that stays locked by somebody who does not answer is refused', async () => {
  const home = await aHomeWith('no host');
  const unlock = lockHome(home.paths.lock);
  let naps = 0;
  const sleep = async (): Promise<void> => {
    naps += 1;
  };

  const result = await runCommand(home, ['groups', 'list'], { deps: { sleep } });

  expect(result.code).toBe(1);
  expect(result.stderr).toContain('another NanoClaw');
  expect(naps).toBeGreaterThan(10);
  unlock();
});
