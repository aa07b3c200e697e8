import { afterEach, expect, test } from 'vitest';
import { aHome, type CliHome } from '../../../../../test/cli/cli-home.ts';
import { runCommand } from '../../../../../test/cli/cli-run.ts';

let home: CliHome;
afterEach(() => home.remove());

test('pair prints a code, and says where to send it', async () => {
  home = aHome();
  await home.start();
  const { code, stdout, stderr } = await runCommand(home, ['pair']);
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'ABCD-2345\n' });
  expect(stderr).toMatch(/in a private chat, .+, within \d+ minutes\. It works once\./);

  const json = await runCommand(home, ['pair', '--json']);
  expect(JSON.parse(json.stdout)).toEqual({ code: 'ABCD-2345', expiresAt: '2026-03-04T12:10:00.000Z' });
});

test('pair needs a host that runs', async () => {
  home = aHome();
  const { code, stderr } = await runCommand(home, ['pair']);
  expect(code).toBe(1);
  expect(stderr).toContain('start one with npm start');
});
