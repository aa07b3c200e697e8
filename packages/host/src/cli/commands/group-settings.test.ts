import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { aHome, type CliHome } from '../../../../../test/cli/cli-home.ts';
import { runCommand } from '../../../../../test/cli/cli-run.ts';

let home: CliHome;
beforeEach(async () => {
  home = aHome();
  await home.start();
});
afterEach(() => home.remove());

const run = (...args: string[]) => runCommand(home, ['groups', ...args]);
const settings = async () => JSON.parse((await run('show', 'main', '--json')).stdout) as Record<string, unknown>;

describe.each(['with a host', 'without a host'])('groups update %s', (host) => {
  beforeEach(async () => {
    if (host === 'without a host') await home.stop();
  });

  test('changes what is named and nothing else', async () => {
    expect(await run('update', 'main', '--model', 'model-b', '--timeout', '60000', '--budget', '2.50')).toMatchObject({
      code: 0,
      stdout: 'updated local:main: model, timeoutMs, dailyBudgetUsd\n',
    });
    expect(await settings()).toMatchObject({ name: 'main', model: 'model-b', timeoutMs: 60_000, dailyBudgetUsd: 2.5 });

    await run('update', 'local:main', '--model', 'default', '--name', 'Home');
    expect(await settings()).toMatchObject({ name: 'Home', model: null, timeoutMs: 60_000 });
  });

  test.each([
    [['--timeout', '10'], 1, /timeoutMs/],
    [['--timeout', 'soon'], 2, /whole number/],
    [['--budget', '-1'], 2, /US dollars/],
    [['--model', 'two words'], 1, /model/],
    [[], 2, /name a setting/],
  ])('refuses %j', async (args, code, words) => {
    const before = await settings();
    const result = await run('update', 'main', ...args);

    expect(result).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(words) });
    expect(await settings()).toEqual(before);
  });

  test('of a group that is not there says so', async () => {
    expect(await run('update', 'nobody', '--name', 'x')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/no group nobody/),
    });
  });
});

test('register takes the same settings', async () => {
  const wish = ['--jid', 'local:work', '--name', 'Work', '--folder', 'work', '--model', 'model-b', '--budget', '1'];
  const { stdout } = await run('register', ...wish, '--json');

  expect(JSON.parse(stdout)).toMatchObject({ model: 'model-b', timeoutMs: null, dailyBudgetUsd: 1 });
});
