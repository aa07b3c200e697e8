import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { aHome, type CliHome } from '../../../../../test/cli/cli-home.ts';
import { runCommand } from '../../../../../test/cli/cli-run.ts';
import { mountAllowlistFile } from '../../access/mount-rules-files.ts';
import { CHECKOUT } from '../../kernel/checkout.ts';

let home: CliHome;
let owner: string;
beforeEach(async () => {
  home = aHome();
  owner = realpathSync(mkdtempSync(join(tmpdir(), 'nanoclaw-owner-')));
  mkdirSync(join(owner, 'site'));
  await home.start();
});
afterEach(async () => {
  rmSync(owner, { recursive: true, force: true });
  await home.remove();
});

const configHome = (): string => join(home.home, 'config');
const run = (...args: string[]) =>
  runCommand(home, args, { environment: { NANOCLAW_CONFIG_HOME: configHome(), HOME: owner } });
function allow(rules: Record<string, unknown> = {}): void {
  const file = mountAllowlistFile(configHome());
  mkdirSync(dirname(file), { recursive: true });
  const allowedRoots = [{ path: owner, allowReadWrite: true }];
  writeFileSync(file, JSON.stringify({ allowedRoots, blockedPatterns: [], nonMainReadOnly: true, ...rules }));
}

test('without wishes there is nothing to tell', async () => {
  expect(await run('mounts', 'check')).toMatchObject({ code: 0, stderr: expect.stringContaining('does not exist') });
});

test('a wish is kept as v1 writes it, judged as the file says, and taken back', async () => {
  await run('groups', 'update', 'main', '--mount', `${owner}/site:www:rw`, '--mount', `${owner}/none`);
  expect(JSON.parse((await run('groups', 'show', 'main', '--json')).stdout)).toMatchObject({
    mounts: [
      { hostPath: `${owner}/site`, containerPath: 'www', readonly: false },
      { hostPath: `${owner}/none`, readonly: true },
    ],
  });
  allow();

  const { code, stdout } = await run('mounts', 'check');
  expect(code).toBe(1);
  expect(stdout).toMatch(/main +\S+site +\/workspace\/extra\/www +read-write/);
  expect(stdout).toMatch(/main +\S+none +- +refused: it does not exist/);
  expect(JSON.parse((await run('mounts', 'check', '--json')).stdout)).toMatchObject({
    rules: { nonMainReadOnly: true },
    mounts: [
      { folder: 'main', mount: { mode: 'read-write' } },
      { folder: 'main', refused: 'it does not exist' },
    ],
  });

  await run('groups', 'update', 'main', '--mount', 'none');
  expect((await run('mounts', 'check')).code).toBe(0);
});

test('a broken file refuses every wish, and says where it is broken', async () => {
  await run('groups', 'update', 'main', '--mount', `${owner}/site`);
  allow({ nonMainReadOnly: 'no' });

  expect(await run('mounts', 'check')).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/refused: .*nonMainReadOnly/),
  });
});

test.each(['', ':', 'a:b:c', 'a:..:wo'])('%j is no mount', async (text) => {
  expect(await run('groups', 'update', 'main', '--mount', text)).toMatchObject({ code: 2 });
});

test('the program itself is mounted for nobody, wherever the home lies', async () => {
  allow({ allowedRoots: [{ path: CHECKOUT, allowReadWrite: true }] });
  await run('groups', 'update', 'main', '--mount', CHECKOUT, '--mount', `${CHECKOUT}/packages:code`);

  const { stdout } = await run('mounts', 'check', '--json');

  const refused = 'it holds, or lies in, what belongs to NanoClaw itself';
  expect(JSON.parse(stdout)).toMatchObject({ mounts: [{ refused }, { refused }] });
});
