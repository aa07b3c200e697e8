import { chmodSync, lstatSync, mkdirSync, renameSync, rmSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { enginePlaces } from './engine-places.ts';
import type { Journal, JournalFile } from './journal.ts';
import { draftFor, keptFile } from './journal-files.ts';
import { readPlainFile } from './package-files.ts';
import { parentsOf, projectPaths } from './project-files.ts';
import { removeIfEmpty } from './state-files.ts';
import { LOCK_FILE } from './structured-changes.ts';
import { hashOf } from './tree.ts';

/**
 * Puts every file back as it was before the transaction. Each step may be repeated, so being killed in the middle does no
 * harm; and it needs no room on the disk: what was kept is moved back. What somebody else has written meanwhile is put
 * aside, not lost. Gives the paths that were.
 */
export function undoFiles(
  root: string,
  journal: Journal,
  options: { readonly keepForeign: boolean; readonly onStep: (step: string) => void },
): string[] {
  const { onStep } = options;
  const aside: string[] = [];
  const putAway = (path: string): void => {
    // What npm wrote into the lock file is no work of anybody's.
    if (!options.keepForeign || path === LOCK_FILE) {
      rmSync(join(root, path), { recursive: true, force: true });
      return;
    }
    const target = join(enginePlaces(root).aside, journal.transaction, path);
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
    renameSync(join(root, path), target);
    aside.push(path);
  };
  for (const file of journal.files) {
    if (file.after !== undefined) rmSync(draftFor(root, file.path, journal.transaction), { force: true });
  }
  if (journal.watches) removeForeign(root, journal, putAway);
  // New files go first: they make room.
  for (const [index, file] of [...journal.files.entries()].sort(([, one], [, other]) => rank(one) - rank(other))) {
    if (file.after !== undefined) onStep(`put back ${file.path}`);
    if (file.before) putBack(root, { index, file, putAway });
    else removeNew(root, file, putAway);
  }
  onStep('remove folders');
  for (const folder of journal.folders.toReversed()) removeIfEmpty(join(root, folder));
  return aside;
}

function rank({ before }: JournalFile): number {
  return before === null ? 0 : 1;
}

type PutAway = (path: string) => void;

/** What nobody knew before, made by commands. */
function removeForeign(root: string, journal: Journal, putAway: PutAway): void {
  const known = new Set(journal.files.map(({ path }) => path));
  const folders = new Set(journal.files.flatMap(({ path }) => parentsOf(path)));
  for (const path of projectPaths(root)) {
    if (known.has(path)) continue;
    putAway(path);
    for (const folder of parentsOf(path)) if (!folders.has(folder)) removeIfEmpty(join(root, folder));
  }
}

function removeNew(root: string, { path, after }: JournalFile, putAway: PutAway): void {
  const now = factsOnDisk(root, path);
  if (now === undefined) return;
  if (after && now.sha256 === after.sha256) rmSync(join(root, path), { force: true });
  else putAway(path);
}

function putBack(root: string, { index, file, putAway }: { index: number; file: JournalFile; putAway: PutAway }): void {
  const { path, before, after } = file;
  if (!before) return;
  const target = join(root, path);
  const now = factsOnDisk(root, path);
  const isBack = now?.sha256 === before.sha256;
  if (now && !isBack && now.sha256 !== after?.sha256) putAway(path);
  if (!isBack) {
    mkdirSync(dirname(target), { recursive: true });
    renameSync(keptFile(root, index), target);
  }
  if (now?.executable !== before.executable || !isBack) chmodSync(target, before.executable ? 0o755 : 0o644);
  utimesSync(target, before.modifiedMs / 1_000, before.modifiedMs / 1_000);
}

function factsOnDisk(root: string, path: string): { sha256: string; executable: boolean } | undefined {
  const stat = lstatSync(join(root, path), { throwIfNoEntry: false });
  if (!stat) return undefined;
  if (!stat.isFile()) return { sha256: '', executable: false };
  const { bytes, isExecutable } = readPlainFile(join(root, path));
  return { sha256: hashOf(bytes), executable: isExecutable };
}
