import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRunProgram } from '../background/run-program.ts';
import { type UpdateDeps, update } from './update.ts';

/** A small project with real git and real npm in the product's place: what is tested is what is done with them. */
const PACKAGE = { name: 'small', version: '1.0.0', private: true, scripts: { build: 'node build.mjs' } };
const LOCK = { name: 'small', version: '1.0.0', lockfileVersion: 3, requires: true, packages: { '': PACKAGE } };
const BUILD =
  "import fs from 'node:fs'; fs.mkdirSync('packages/host/dist', { recursive: true }); fs.copyFileSync('version', 'packages/host/dist/built');";
const IDENTITY = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b' };

let work: string;
let remote: string;
let root: string;
let said: string[];
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'nanoclaw-update-'));
  [remote, root] = [join(work, 'remote'), join(work, 'checkout')];
  said = [];
  mkdirSync(join(remote, 'packages', 'host'), { recursive: true });
  git(work, 'init', '-q', '-b', 'main', remote);
  write(remote, 'package.json', JSON.stringify(PACKAGE));
  write(remote, 'package-lock.json', JSON.stringify(LOCK));
  write(remote, 'build.mjs', BUILD);
  write(remote, '.gitignore', 'node_modules/\ndist/\n/.nanoclaw/\n');
  write(remote, 'packages/host/package.json', '{}');
  publish('one');
  git(work, 'clone', '-q', remote, root);
  mkdirSync(join(root, 'node_modules'));
  write(root, 'node_modules/old', '');
  write(root, 'packages/host/dist/built', 'one');
});
afterEach(() => rmSync(work, { recursive: true, force: true }));

function git(directory: string, ...args: string[]): string {
  return execFileSync('git', ['-C', directory, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...IDENTITY },
  }).trim();
}

function write(directory: string, name: string, text: string): void {
  mkdirSync(dirname(join(directory, name)), { recursive: true });
  writeFileSync(join(directory, name), text);
}

function publish(version: string): void {
  write(remote, 'version', version);
  git(remote, 'add', '-A');
  git(remote, 'commit', '-q', '-m', `version ${version}`);
}

function start(changes: Partial<UpdateDeps> = {}, wanted?: string) {
  const deps: UpdateDeps = {
    root,
    run: createRunProgram(process.env),
    backup: async () => 'the-backup',
    tryOut: async () => undefined,
    restore: async (backup) => void said.push(`restored ${backup}`),
    report: (line) => said.push(line),
    mayGoOn: async () => true,
    ...changes,
  };
  return update(deps, wanted);
}

const built = (): string => readFileSync(join(root, 'packages/host/dist/built'), 'utf8');
const state = () => ({
  head: git(root, 'log', '-1', '--format=%s'),
  built: built(),
  old: existsSync(join(root, 'node_modules/old')),
});
const BEFORE = { head: 'version one', built: 'one', old: true };

test('a newer version is made ready beside the old one, tried out, and switched to', async () => {
  publish('two');
  let seen: unknown;

  const outcome = await start({
    tryOut: async (stage, backup) => {
      seen = { ...state(), there: readFileSync(join(stage, 'packages/host/dist/built'), 'utf8'), backup };
    },
  });

  expect(seen).toEqual({ ...BEFORE, there: 'two', backup: 'the-backup' });
  expect(outcome).toMatchObject({
    kind: 'updated',
    news: ['version two'],
    backup: 'the-backup',
    target: 'origin/main',
  });
  expect(state()).toEqual({ head: 'version two', built: 'two', old: false });
  expect(existsSync(join(root, '.nanoclaw/update'))).toBe(false);
  expect(git(root, 'worktree', 'list').split('\n')).toHaveLength(1);
  expect(git(root, 'status', '--porcelain')).toBe('');
});

test('without anything newer, or when it is not wanted, nothing is done', async () => {
  expect(await start()).toEqual({ kind: 'current' });
  publish('two');
  expect(await start({ mayGoOn: async () => false })).toEqual({ kind: 'declined' });
  expect(state()).toEqual(BEFORE);
});

describe('nothing has changed', () => {
  test('when the new version does not answer', async () => {
    publish('two');
    const tryOut = async (): Promise<void> => {
      throw new Error('no sandbox');
    };

    await expect(start({ tryOut })).rejects.toMatchObject({
      code: 'update-failed',
      message: expect.stringContaining('no sandbox'),
    });
    expect(state()).toEqual(BEFORE);
    expect(existsSync(join(root, '.nanoclaw/update'))).toBe(false);
  });

  test('when it cannot be built', async () => {
    write(remote, 'build.mjs', 'process.exit(3);');
    publish('broken');

    await expect(start()).rejects.toThrow('could not be made ready, and nothing has changed');
    expect(state()).toEqual(BEFORE);
  });

  test('when files are changed, the histories have parted, or there is no such revision', async () => {
    publish('two');
    write(root, 'version', 'mine');
    await expect(start()).rejects.toThrow('nanoclaw skills rebase');
    git(root, 'checkout', '-q', '.');
    await expect(start({}, 'no-such-branch')).rejects.toThrow('git rev-parse failed');
    write(root, 'mine', '');
    git(root, 'add', '-A');
    git(root, 'commit', '-q', '-m', 'mine');
    await expect(start()).rejects.toThrow('does not follow what is here');
    expect(built()).toBe('one');
  });

  test('where the checkout did not come by git', async () => {
    rmSync(join(root, '.git'), { recursive: true, force: true });

    await expect(start({ run: createRunProgram({ ...process.env, GIT_CEILING_DIRECTORIES: work }) })).rejects.toThrow(
      'no git checkout',
    );
  });
});

describe('a service', () => {
  test('is started anew with the new version', async () => {
    publish('two');
    const restarts: string[] = [];
    const restart = async (): Promise<boolean> => restarts.push(built()) > 0;

    await start({ restart });

    expect(restarts).toEqual(['two']);
  });

  test('that does not come back gets the version before and the home of the backup again', async () => {
    publish('two');
    const restart = async (): Promise<boolean> => built() === 'one';

    await expect(start({ restart })).rejects.toThrow('the version before runs again');

    expect(state()).toEqual(BEFORE);
    expect(said).toContain('restored the-backup');
  });
});

test('what an update that was killed has left is no obstacle', async () => {
  publish('two');
  git(root, 'fetch', '-q');
  git(root, 'worktree', 'add', '-q', '--detach', join(root, '.nanoclaw/update'), 'origin/main');

  expect(await start()).toMatchObject({ kind: 'updated' });
});
