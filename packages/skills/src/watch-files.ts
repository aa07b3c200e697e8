import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { missingFolders, parentsOf, projectPaths, readProjectFile } from './project-files.ts';
import { SkillError } from './skill-error.ts';
import { removeIfEmpty } from './state-files.ts';
import { type Entry, isSameEntry } from './tree.ts';

/** Every file of the project as it is now. */
export function watchProject(root: string): Map<string, Entry> {
  const files = new Map<string, Entry>();
  for (const path of projectPaths(root)) {
    const entry = readProjectFile(root, path);
    if (entry) files.set(path, entry);
  }
  return files;
}

/**
 * What commands of a skill made: new files, which then belong to it. Throws 'skill-failed' where they changed a file that
 * was there: a manifest names those, so that the owner sees them in the plan and uninstalling can put them back.
 */
export function findGenerated(
  root: string,
  { skill, watched }: { skill: string; watched: ReadonlyMap<string, Entry> },
): Map<string, Entry> {
  const now = watchProject(root);
  const generated = new Map<string, Entry>();
  for (const [path, entry] of now) {
    const known = watched.get(path);
    if (!known) generated.set(path, entry);
    else if (!isSameEntry(known, entry)) throw changedBy(skill, path);
  }
  for (const path of watched.keys()) {
    if (!now.has(path)) throw changedBy(skill, path);
  }
  return generated;
}

function changedBy(skill: string, path: string): SkillError {
  return new SkillError(
    'skill-failed',
    `a command of ${skill} changed ${path}: name the file under modifies or adds instead`,
  );
}

/** Tests leave nothing behind. */
export function undoTraces(root: string, before: ReadonlyMap<string, Entry>): void {
  const now = watchProject(root);
  const made = [...now.keys()].filter((path) => !before.has(path));
  for (const path of made) rmSync(join(root, path), { force: true });
  const folders = new Set([...before.keys()].flatMap(parentsOf));
  for (const folder of made.flatMap(parentsOf)) if (!folders.has(folder)) removeIfEmpty(join(root, folder));
  for (const [path, entry] of before) {
    if (isSameEntry(now.get(path), entry) || missingFolders(root, [path]).length > 0) continue;
    writeFileSync(join(root, path), entry.bytes);
    chmodSync(join(root, path), entry.isExecutable ? 0o755 : 0o644);
  }
}
