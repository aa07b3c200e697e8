import { type Dirent, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { LIMITS } from './limits.ts';
import { readPlainFile } from './package-files.ts';
import { SkillError } from './skill-error.ts';
import type { Entry } from './tree.ts';

/** Never looked at: what is installed, built, secret, or the owner's own data. */
const UNWATCHED = ['.git', '.nanoclaw', 'node_modules', 'dist', 'coverage', '.env'];
const UNWATCHED_AT_TOP = ['store', 'data', 'groups', 'backups', 'bench/results'];

/** The file in the project, or undefined. Throws 'skill-refused' where a link or a special file is on the way. */
export function readProjectFile(root: string, path: string): Entry | undefined {
  if (refuseDetours(root, path) === undefined) return undefined;
  return readPlainFile(join(root, path));
}

/** Every component on the way must be a directory of its own, and the last a plain file where it is there at all. */
export function refuseDetours(root: string, path: string): 'file' | undefined {
  const parts = path.split('/');
  for (let count = 1; count <= parts.length; count++) {
    const at = parts.slice(0, count).join('/');
    const stat = lstatSync(join(root, at), { throwIfNoEntry: false });
    if (!stat) return undefined;
    if (stat.isSymbolicLink())
      throw new SkillError('skill-refused', `${at} is a symbolic link: skills do not write through links`);
    const isLast = count === parts.length;
    if (isLast && !stat.isFile())
      throw new SkillError('skill-refused', `${at} is no plain file: skills change plain files only`);
    if (!isLast && !stat.isDirectory())
      throw new SkillError('skill-refused', `${at} is no folder, so ${path} cannot be below it`);
  }
  return 'file';
}

/** A name on the way that differs from an existing one only in its letters' case; on some disks both are one file. */
export function imitated(root: string, path: string): string | undefined {
  const parts = path.split('/');
  for (const [index, part] of parts.entries()) {
    const folder = parts.slice(0, index).join('/');
    const names = namesIn(join(root, folder));
    const other = names.find((name) => name !== part && name.toLowerCase() === part.toLowerCase());
    if (other !== undefined && !names.includes(part)) return folder === '' ? other : `${folder}/${other}`;
    if (!names.includes(part)) return undefined;
  }
  return undefined;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // It is not there yet.
    return [];
  }
}

/** The folders that a path is in, the nearest first. */
export function parentsOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('/'));
}

/** Folders on the way to the paths that are not there yet, the highest first. */
export function missingFolders(root: string, paths: Iterable<string>): string[] {
  const missing = new Set<string>();
  for (const folder of [...paths].flatMap(parentsOf)) {
    if (!lstatSync(join(root, folder), { throwIfNoEntry: false })) missing.add(folder);
  }
  return [...missing].sort((one, other) => one.length - other.length);
}

/** The paths of all files of the project, without links. Throws 'skill-failed' where there are too many to watch. */
export function projectPaths(root: string): string[] {
  const paths: string[] = [];
  const visit = (below: string): void => {
    for (const entry of readdirSync(join(root, below), { withFileTypes: true })) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (isUnwatched(entry, path)) continue;
      if (entry.isDirectory()) visit(path);
      else if (entry.isFile()) paths.push(path);
      if (paths.length > LIMITS.projectFiles) {
        throw new SkillError(
          'skill-failed',
          `the project has more than ${LIMITS.projectFiles} files: move what does not belong to it elsewhere`,
        );
      }
    }
  };
  visit('');
  return paths.sort();
}

function isUnwatched(entry: Dirent, path: string): boolean {
  return UNWATCHED.includes(entry.name) || UNWATCHED_AT_TOP.includes(path) || entry.name.endsWith('.tsbuildinfo');
}
