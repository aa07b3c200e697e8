import { insertTask } from '@nanoclaw/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { aHome, type CliHome, NOON } from '../../../../../test/cli/cli-home.ts';
import { runCommand } from '../../../../../test/cli/cli-run.ts';
import { planGroup } from '../../groups/group.ts';
import type { ChatJid } from '../../messages/message.ts';

const DAY_MS = 86_400_000;
const TOKENS = { inputTokens: 100, outputTokens: 10, cacheReadTokens: 1_000, cacheWriteTokens: 50 };
let home: CliHome;

beforeEach(async () => {
  home = aHome();
  const request = { ...TOKENS, runId: 'run-1', model: 'claude-a', status: 200, costUsd: 0.5 };
  const { requests, usage } = home.stores;
  const bill = { system: 3_000, tools: 6_000, prompts: 1_000 };
  requests.add({ ...request, groupFolder: 'main', now: NOON, bill });
  requests.add({ ...request, groupFolder: 'main', now: NOON - 1, model: 'claude-b', bill: { ...bill, tools: 8_000 } });
  requests.add({ ...request, groupFolder: 'work', now: NOON - DAY_MS, costUsd: 2 });
  const id = insertTask(home.stores.database, {});
  home.stores.taskRuns.claimNow(id, NOON);
  const [run] = home.stores.taskRuns.claimed();
  const result = { ...TOKENS, groupFolder: 'main', costUsd: 0.25, durationMs: 5, now: NOON };
  usage.add({ ...result, turnId: `task-run-${run?.id}` });
  usage.add({ ...result, turnId: 'turn-7' });
  const mate = { ...result, groupFolder: 'team-0123456789ab', costUsd: 0.1 };
  usage.add({ ...mate, turnId: 'turn-8' });
  usage.add({ ...mate, turnId: 'turn-9', groupFolder: 'team-ba9876543210' });
  const chat = { jid: 'team:main/bob', name: 'bob', folder: 'team-0123456789ab' };
  const plan = planGroup({ jid: 'tg:1', name: 'bob', folder: chat.folder }, { trigger: '@', addedAt: '' });
  home.stores.groups.add({ ...plan, jid: chat.jid as ChatJid, team: { of: 'main', role: 'helps' } });
  await home.start();
});
afterEach(() => home.remove());

const report = async (...args: string[]) => {
  const { stdout } = await runCommand(home, ['usage', ...args, '--json']);
  return JSON.parse(stdout) as {
    rows: { name: string; costUsd: number; requests: number }[];
    total: { costUsd: number };
  };
};

describe.each(['with a host', 'without a host'])('usage, %s,', (host) => {
  beforeEach(async () => {
    if (host === 'without a host') await home.stop();
  });

  test('is of today by group unless something else is asked for', async () => {
    expect(await report()).toMatchObject({
      since: '2026-03-04T00:00:00.000Z',
      rows: [{ name: 'main', requests: 2, costUsd: 1, cacheReadTokens: 2_000 }],
    });
    expect((await runCommand(home, ['usage', '--days', '2'])).stdout).toMatch(
      /^GROUP +REQUESTS +INPUT +CACHED +OUTPUT +COST\nwork +1 +150 +1000 +10 +\$2\.0000\nmain +2 .*\ntotal +3 .*\$3\.0000\n$/,
    );
  });

  test('is summed up by model, day, task and turn, and of one group', async () => {
    const names = async (...args: string[]) => (await report(...args)).rows.map(({ name }) => name);
    expect(await names('--by', 'model', '--days', '2')).toEqual(['claude-a', 'claude-b']);
    expect((await report('--by', 'day', '--days', '3')).rows).toMatchObject([
      { name: '2026-03-02', requests: 0, costUsd: 0 },
      { name: '2026-03-03', requests: 1, costUsd: 2 },
      { name: '2026-03-04', requests: 2, costUsd: 1 },
    ]);
    expect(await names('--by', 'task')).toEqual(['task-1']);
    expect(await names('--by', 'turn')).toEqual(['turn-9', 'turn-8', 'turn-7', expect.stringMatching(/^task-run-/)]);
    expect(await names('--by', 'teammate')).toEqual(['main/bob', 'team-ba9876543210']);
    expect(await names('--by', 'teammate', '--group', 'main')).toEqual(['main/bob']);
    expect(await report('--group', 'work', '--days', '2')).toMatchObject({ total: { costUsd: 2 } });
  });

  test('tells what an average request is made of', async () => {
    expect((await runCommand(home, ['usage', '--context'])).stdout).toBe(
      [
        'GROUP              SOURCE   BYTES  PART',
        'main (2 requests)  tools    7000   64 %',
        '                   system   3000   27 %',
        '                   prompts  1000   9 %',
        '',
      ].join('\n'),
    );
  });

  test('of nothing says so; wrong options are refused', async () => {
    expect(await runCommand(home, ['usage', '--group', 'nobody'])).toMatchObject({
      ...{ code: 0, stdout: '' },
      stderr: 'nothing was used since 2026-03-04 00:00:00\n',
    });
    expect(await runCommand(home, ['usage', '--days', '0'])).toMatchObject({ code: 2 });
    expect(await runCommand(home, ['usage', '--by', 'moon'])).toMatchObject({ code: 2 });
  });
});
