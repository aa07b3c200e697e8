import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { aHome, type CliHome } from '../../../../test/cli/cli-home.ts';
import { runCommand } from '../../../../test/cli/cli-run.ts';
import { MAX_VERSIONS } from '../groups/memory-store.ts';
import { keepMemory, MAX_MEMORY_BYTES } from './memory-history.ts';

let home: CliHome;
beforeEach(async () => {
  home = aHome();
  await home.start();
});
afterEach(() => home.remove());

const memory = (): string => join(home.home, 'groups', 'main', 'CLAUDE.md');
const write = (text: string): void => writeFileSync(memory(), text);
const keep = (runId: string | null = null): void => keepMemory(home.memory, { folder: 'main', isMain: true }, runId);
const versions = (path = 'CLAUDE.md') =>
  home.stores.memory
    .list('main')
    .filter((version) => version.path === path)
    .map(({ content, runId }) => [content, runId]);

test('a version is kept where something has changed, with the run that has changed it', () => {
  write('I am kind.');
  keep();
  keep('run-1');
  write('I am rude.');
  keep('run-2');
  rmSync(memory());
  keep('run-3');

  expect(versions()).toEqual([
    [null, 'run-3'],
    ['I am rude.', 'run-2'],
    ['I am kind.', null],
  ]);
});

test('everybody’s memory and what lies in the session are kept, too', () => {
  writeFileSync(join(home.home, 'groups', 'global', 'CLAUDE.md'), 'for all');
  mkdirSync(join(home.home, 'data', 'sessions', 'main', '.claude'), { recursive: true });
  writeFileSync(join(home.home, 'data', 'sessions', 'main', '.claude', 'CLAUDE.md'), 'hidden orders');
  keep('run-1');
  expect(versions('.claude/CLAUDE.md')).toEqual([['hidden orders', 'run-1']]);
  expect(home.stores.memory.list('global')).toMatchObject([{ content: 'for all' }]);
});

test('what an agent has put in its place is not followed, and what is too large is no memory', () => {
  rmSync(memory());
  symlinkSync('/etc/passwd', memory());
  keep('run-1');
  rmSync(memory());
  write('x'.repeat(MAX_MEMORY_BYTES + 1));
  keep('run-2');
  expect(versions()).toEqual([]);
});

test('so many versions are kept, the newest', () => {
  for (let index = 0; index <= MAX_VERSIONS; index++) {
    write(`version ${index}`);
    keep();
  }
  expect(versions()).toHaveLength(MAX_VERSIONS);
  expect(versions()[0]?.[0]).toBe(`version ${MAX_VERSIONS}`);
});

describe.each(['with a host', 'without a host'])('groups history, %s,', (host) => {
  const run = (...args: string[]) => runCommand(home, ['groups', 'history', ...args]);

  test('lists versions, shows one and puts it back; what was there is a version, too', async () => {
    write('I am kind.\u001b[31m');
    keep();
    write('I am rude.');
    keep('run-2');
    if (host === 'without a host') await home.stop();

    const [, first = ''] = home.stores.memory.list('main').map(({ id }) => String(id));
    expect((await run('main')).stdout).toMatch(
      /^VERSION .*\n\d+ .*CLAUDE\.md +10 characters +run-2\n\d+ .*before a run\n$/,
    );
    expect((await run('main', '--show', first)).stdout).not.toContain('\u001b');
    write('I am nobody.');
    expect((await run('main', '--restore', first)).stdout).toMatch(/^CLAUDE\.md of main is what it was at /);
    expect(readFileSync(memory(), 'utf8')).toBe('I am kind.\u001b[31m');
    expect(versions().map(([content]) => content)).toEqual([
      'I am kind.\u001b[31m',
      'I am nobody.',
      'I am rude.',
      'I am kind.\u001b[31m',
    ]);
    expect(JSON.parse((await run('main', '--json')).stdout)).toHaveLength(4);
  });

  test('of what is not there says so', async () => {
    if (host === 'without a host') await home.stop();
    expect(await run('main')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('nothing is known of main yet'),
    });
    expect(await run('global', '--json')).toMatchObject({ code: 0, stdout: '[]\n' });
    expect(await run('nobody')).toMatchObject({ code: 1, stderr: expect.stringContaining('no group nobody') });
    expect(await run('main', '--restore', '9')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no version 9'),
    });
    expect(await run('main', '--show', 'x')).toMatchObject({ code: 2 });
  });
});
