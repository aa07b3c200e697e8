import { insertTask } from '@nanoclaw/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { aHome, type CliHome, MAIN, NOON } from '../../../../../test/cli/cli-home.ts';
import { runCommand } from '../../../../../test/cli/cli-run.ts';

let home: CliHome;
beforeEach(async () => {
  home = aHome();
  await home.start();
});
afterEach(() => home.remove());

const tasks = (...args: string[]) => runCommand(home, ['tasks', ...args]);
const json = async (...args: string[]) => JSON.parse((await tasks(...args, '--json')).stdout);

describe.each(['with a host', 'without a host'])('tasks, %s,', (host) => {
  beforeEach(async () => {
    if (host === 'without a host') await home.stop();
  });

  test('are added, listed, shown, changed, paused, resumed, run and cancelled', async () => {
    const added = await json('add', 'Brief me', '--cron', '0 9 * * 1', '--context', 'isolated', '--model', 'model-b');
    expect(added).toMatchObject({ prompt: 'Brief me', contextMode: 'isolated', model: 'model-b', status: 'active' });
    const id = String(added.id);

    expect((await tasks('list')).stdout).toMatch(
      new RegExp(`^ID .*\\n${id} +main +cron 0 9 \\* \\* 1 +2026-03-09 09:00:00 +Brief me\\n$`),
    );
    expect(await json('update', id, '--every', '3600000', '--model', '')).toMatchObject({
      ...{ scheduleType: 'interval', scheduleValue: '3600000', model: null, prompt: 'Brief me' },
      nextRun: new Date(NOON + 3_600_000).toISOString(),
    });
    expect((await tasks('pause', id)).stdout).toBe(`task ${id} is paused\n`);
    expect((await tasks('run', id)).stderr).toContain('resume it first');
    expect((await tasks('resume', id)).stdout).toBe(`task ${id} is active\n`);
    expect((await tasks('run', id)).stdout).toBe(`task ${id} will run now\n`);
    const shown = await json('show', id);
    expect(shown.runs).toMatchObject([{ status: 'claimed', dueAt: null }]);
    expect((await tasks('show', id)).stdout).toMatch(/^id +task-.*RUN +STATUS.*claimed/s);
    expect((await tasks('cancel', id)).stdout).toBe(`task ${id} is cancelled\n`);
    expect(await json('list')).toEqual([]);
    expect((await tasks('list')).stderr).toContain('no tasks are scheduled');
  });

  test.each([
    [['add', 'x'], 2, /Give one of --cron, --every and --at/],
    [['add', 'x', '--cron', '0 9 * * *', '--every', '60000'], 2, /cannot be used with/],
    [['add', 'x', '--cron', 'soon'], 1, /five fields/],
    [['add', 'x', '--every', '5'], 1, /the shortest interval/],
    [['add', 'x', '--at', '2020-01-01T00:00:00'], 1, /has passed/],
    [['add', 'x', '--at', '2027-01-01T00:00:00', '--group', 'nobody'], 1, /no group nobody/],
    [['add', 'x', '--at', '2027-01-01T00:00:00', '--context', 'both'], 2, /Allowed choices/],
    [['update', 'nope', '--prompt', 'x'], 1, /there is no task nope/],
    [['update', 'nope'], 2, /nothing to change/],
    [['show', 'nope'], 1, /there is no task nope/],
    [['cancel', 'nope'], 1, /there is no task nope/],
  ])('%j is refused with what to do', async (args, code, words) => {
    expect(await tasks(...args)).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(words) });
    expect(await json('list', '--all')).toEqual([]);
  });

  test('that are completed are listed when asked for, and one group can be looked at', async () => {
    const id = insertTask(home.stores.database, { status: 'completed', nextRun: null, prompt: 'done\u001b[31m' });
    expect(await json('list')).toEqual([]);
    expect(await json('list', '--all')).toMatchObject([{ id }]);
    expect(await json('list', '--all', '--group', 'other')).toEqual([]);
    expect((await tasks('list', '--all')).stdout).not.toContain('\u001b');
  });

  test('search finds messages in all chats or in one', async () => {
    home.answer('the dentist is on Monday');
    const found = await runCommand(home, ['search', 'dent', 'monday', '--json']);
    expect(JSON.parse(found.stdout)).toMatchObject([{ chatJid: MAIN, content: 'the dentist is on Monday' }]);
    expect((await runCommand(home, ['search', 'dentist'])).stdout).toMatch(/^CHAT .*\nlocal:main .*dentist/);
    expect((await runCommand(home, ['search', 'dentist', '--chat', 'local:x'])).stderr).toContain('nothing holds');
    expect(await runCommand(home, ['search', 'x', '--limit', '0'])).toMatchObject({ code: 2 });
  });
});
