import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { aHome, type CliHome } from '../../../../../test/cli/cli-home.ts';
import { runCommand } from '../../../../../test/cli/cli-run.ts';
import { allowlistFile } from '../../access/sender-rules-files.ts';
import { loadConfig } from '../../config/config.ts';

let home: CliHome;
const environment = (): Record<string, string> => ({ NANOCLAW_CONFIG_HOME: `${home.home}/config` });
beforeEach(async () => {
  home = aHome();
  await home.start();
});
afterEach(() => home.remove());

const check = (...args: string[]) => runCommand(home, ['senders', 'check', ...args], { environment: environment() });
function write(text: string): void {
  const file = allowlistFile(loadConfig({ NANOCLAW_HOME: home.home, ...environment() }, home.home).configHome);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

test('without a file everybody may write', async () => {
  const { code, stdout, stderr } = await check();

  expect(code).toBe(0);
  expect(stdout).toMatch(/main +local:main +everybody +are context/);
  expect(stderr).toContain('does not exist: everybody may write');
});

test('the rules are told for each chat', async () => {
  write(
    JSON.stringify({
      default: { allow: ['tg:1'], mode: 'drop' },
      chats: { 'local:main': { allow: ['tg:2'], mode: 'trigger' } },
    }),
  );

  expect((await check()).stdout).toMatch(/main +local:main +tg:2 +are context/);
  expect(JSON.parse((await check('--json')).stdout)).toMatchObject({
    isThere: true,
    rules: { default: { allow: ['tg:1'], mode: 'drop' } },
    chats: [{ jid: 'local:main', folder: 'main', allow: ['tg:2'], mode: 'trigger' }],
  });
});

test('a broken file is told with its place, and exits with 1', async () => {
  write('{"default": {"allow": "tg:1", "mode": "trigger"}}');

  expect(await check()).toMatchObject({ code: 1, stdout: expect.stringMatching(/cannot be used: default\.allow/) });
  const { code, stdout } = await check('--json');
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ problem: expect.stringContaining('default.allow') });
});
