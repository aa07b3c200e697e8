import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { aHome, type CliHome, until } from '../cli/cli-home.ts';
import { runCommand, startCommand } from '../cli/cli-run.ts';
import { aSmallProject, type SmallProject } from './small-project.ts';

let home: CliHome;
let project: SmallProject;
beforeEach(() => {
  home = aHome();
  project = aSmallProject();
  project.skill('words', { adds: ['docs/new.md'], test: ['node', 'scripts/check.mjs'] }, { 'add/docs/new.md': 'x\n' });
});
afterEach(async () => {
  project.remove();
  await home.remove();
});

const run = (argv: string[], options = {}) =>
  runCommand(home, ['skills', ...argv], { deps: { checkout: project.root }, ...options });

test('skills are listed and shown, for people and for programs, without a host', async () => {
  const list = await run(['list']);
  expect(list).toMatchObject({ code: 0, stderr: '' });
  expect(list.stdout).toMatch(/words +feature +1\.0\.0 +For tests\./);
  expect(JSON.parse((await run(['list', '--json'])).stdout)).toMatchObject([
    { name: 'words', kind: 'feature', isApplied: false },
  ]);
  expect((await run(['show', 'words'])).stdout).toMatch(/adds +docs\/new\.md\n[\s\S]*test +node scripts\/check\.mjs/);
  expect(JSON.parse((await run(['show', 'words', '--json'])).stdout)).toMatchObject({
    manifest: { adds: ['docs/new.md'] },
  });
  expect(await run(['show', 'none'])).toMatchObject({
    code: 1,
    stderr: 'nanoclaw: there is no skill none: see nanoclaw skills list\n',
  });
});

test('with --yes the plan is shown and carried out; --json tells both', async () => {
  const applied = await run(['apply', 'words', '--yes', '--json']);
  expect(applied.code).toBe(0);
  expect(applied.stderr).toContain('plan: apply words 1.0.0\n  add       docs/new.md\n');
  expect(JSON.parse(applied.stdout)).toMatchObject({ what: 'apply words 1.0.0', done: true });
  expect(await run(['verify'])).toMatchObject({ code: 0, stderr: '1 applied, 1 files as they should be\n' });

  project.write('docs/new.md', 'other\n');
  expect(await run(['verify', '--json'])).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('"problem":"changed"'),
  });
});

test('without --yes nothing is done where nobody can be asked', async () => {
  const result = await run(['apply', 'words']);
  expect(result.code).toBe(2);
  expect(result.stderr).toContain('add       docs/new.md');
  expect(result.stderr).toContain('then add --yes');
  expect(existsSync(join(project.root, 'docs/new.md'))).toBe(false);
});

test.each([
  ['y\n', 0, true],
  ['\n', 1, false],
])('who is asked decides: %j', async (keys, code, isThere) => {
  const command = startCommand(home, ['skills', 'apply', 'words'], {
    deps: { checkout: project.root },
    tty: ['stdin'],
  });
  await until(() => command.stderr().includes('carry it out?'), command.stderr);
  command.type(keys);
  expect(await command.code).toBe(code);
  expect(existsSync(join(project.root, 'docs/new.md'))).toBe(isThere);
});

test.each(['feature', 'container', 'guide'])('a new skill of the kind %s is a working start', async (kind) => {
  expect(await run(['new', 'my-own', '--kind', kind])).toMatchObject({ code: 0 });
  expect(JSON.parse((await run(['show', 'my-own', '--json'])).stdout)).toMatchObject({ kind });
  expect(await run(['new', 'my-own'])).toMatchObject({ code: 1, stderr: expect.stringContaining('already') });
  if (kind === 'guide') return;
  mkdirSync(join(project.root, 'packages/host/src/messages'), { recursive: true });
  writeFileSync(join(project.root, 'packages/host/src/messages/.keep'), '');
  expect(await run(['apply', 'my-own', '--yes', '--no-test'])).toMatchObject({ code: 0 });
});

test('a change of your own is recorded by name', async () => {
  expect((await run(['customise', 'start'])).stdout).toMatch(/^noted \d+ files/);
  project.write('docs/own.md', 'own\n');
  expect(await run(['customise', 'finish', 'my-own', '--yes'])).toMatchObject({ code: 0 });
  expect(await run(['uninstall', 'my-own', '--yes'])).toMatchObject({ code: 0 });
  expect(existsSync(join(project.root, 'docs/own.md'))).toBe(false);
});
