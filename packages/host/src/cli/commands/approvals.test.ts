import { afterEach, describe, expect, test } from 'vitest';
import { aHome, type CliHome } from '../../../../../test/cli/cli-home.ts';
import { runCommand } from '../../../../../test/cli/cli-run.ts';
import { askApproval } from '../../flows/ask-approval.ts';

const homes: CliHome[] = [];
afterEach(async () => {
  for (const home of homes.splice(0)) await home.remove();
});

/** A home where an agent has asked for a host with control characters in what it chose. */
async function aHomeThatAsks(host: 'host' | 'no host'): Promise<CliHome> {
  const home = aHome();
  homes.push(home);
  await home.start();
  const about = { groupFolder: 'main', kind: 'domain', subject: 'example.com', user: 'run-1' } as const;
  askApproval(home.asked, { ...about, wish: 'the agent of `main` wants \u001b[31mexample.com\u001b[0m.' });
  if (host === 'no host') await home.stop();
  return home;
}

describe.each(['host', 'no host'] as const)('with %s', (host) => {
  test('approvals are listed, decided and forgotten, and say what became of them', async () => {
    const home = await aHomeThatAsks(host);
    const listed = await runCommand(home, ['approvals']);
    expect(listed).toMatchObject({ code: 0, stdout: expect.stringMatching(/^1 +waiting .*example\.com/m) });
    expect(listed.stdout).not.toContain('\u001b');

    expect(await runCommand(home, ['approvals', 'allow', '1', '--always'])).toMatchObject({
      ...{ code: 0, stdout: expect.stringContaining('approval 1 is allowed from now on') },
    });
    expect(await runCommand(home, ['approvals', 'refuse', '1'])).toMatchObject({
      ...{ code: 1, stderr: expect.stringContaining('does not wait any more') },
    });
    const { stdout } = await runCommand(home, ['approvals', 'list', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ waiting: [], always: [{ id: 1, subject: 'example.com' }], past: [] });
    expect(await runCommand(home, ['approvals', 'forget', '1'])).toMatchObject({ code: 0 });
    expect(JSON.parse((await runCommand(home, ['approvals', '--json'])).stdout)).toMatchObject({ always: [] });
  });

  test('what is no number, and a number that does not exist, are refused', async () => {
    const home = await aHomeThatAsks(host);
    expect(await runCommand(home, ['approvals', 'allow', 'x'])).toMatchObject({ code: 2 });
    expect(await runCommand(home, ['approvals', 'allow', '99'])).toMatchObject({
      ...{ code: 1, stderr: expect.stringContaining('there is no approval 99') },
    });
  });
});
