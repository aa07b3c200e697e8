import { spawnSync } from 'node:child_process';
import { SkillError } from './skill-error.ts';
import type { Entry } from './tree.ts';

export interface CoreChange {
  readonly path: string;
  readonly before: Entry | undefined;
  readonly after: Entry | undefined;
}

const MAX_FILE_BYTES = 256 * 2 ** 20;

/** What a revision changed in the core since this checkout and it had the same commit. */
export function readCoreUpdate(root: string, revision: string): CoreChange[] {
  if (!/^[A-Za-z0-9][A-Za-z0-9._/@^~-]{0,200}$/.test(revision)) {
    throw new SkillError(
      'skill-refused',
      `${JSON.stringify(revision)} is no revision of git such as origin/main or v2.1.0`,
    );
  }
  const commit = git(root, ['rev-parse', '--verify', '--quiet', `${revision}^{commit}`])
    .toString('utf8')
    .trim();
  const base = git(root, ['merge-base', 'HEAD', commit]).toString('utf8').trim();
  const listing = git(root, ['diff-tree', '-r', '-z', '--no-renames', base, commit]).toString('utf8').split('\0');
  const changes: CoreChange[] = [];
  for (let at = 0; at + 1 < listing.length; at += 2) {
    const [oldMode = '', newMode = '', oldId = '', newId = ''] = (listing[at] ?? '').slice(1).split(' ');
    const path = listing[at + 1] ?? '';
    changes.push({ path, before: blob(root, path, [oldMode, oldId]), after: blob(root, path, [newMode, newId]) });
  }
  return changes;
}

/** Brings git to the revision where nothing of its own would be lost; the files are there already. False where not. */
export function moveHead(root: string, revision: string): boolean {
  const isAhead = spawnSync('git', ['merge-base', '--is-ancestor', 'HEAD', revision], { cwd: root }).status === 0;
  if (!isAhead) return false;
  return spawnSync('git', ['reset', '--quiet', '--mixed', revision], { cwd: root }).status === 0;
}

function blob(root: string, path: string, [mode, id]: readonly [string, string]): Entry | undefined {
  if (mode === '000000') return undefined;
  if (mode !== '100644' && mode !== '100755') {
    throw new SkillError(
      'skill-refused',
      `${path} is no plain file in the new core: update with git, then nanoclaw skills rebase`,
    );
  }
  return { bytes: git(root, ['cat-file', 'blob', id]), isExecutable: mode === '100755' };
}

function git(root: string, args: readonly string[]): Buffer {
  const { status, stdout, stderr, error } = spawnSync('git', args, { cwd: root, maxBuffer: MAX_FILE_BYTES });
  if (status === 0) return stdout;
  const why = error?.message ?? (stderr.toString('utf8').trim() || `exit code ${status}`);
  throw new SkillError(
    'skill-refused',
    `git ${args[0]} failed: ${why}: is this a checkout of git, and was the revision fetched?`,
  );
}
