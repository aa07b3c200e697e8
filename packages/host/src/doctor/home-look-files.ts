import { createHash } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** The mode of a file or directory, undefined when it is not there. */
export function modeOf(path: string): number | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? undefined : stat.mode & 0o777;
}

export function setMode(path: string, mode: number): void {
  chmodSync(path, mode);
}

/** Why a place cannot be used as a directory of ours; undefined when it can, or is not there yet. */
export function directoryProblem(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  if (!stat.isDirectory()) return 'it is no directory';
  try {
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return undefined;
  } catch {
    return 'this user may not write it';
  }
}

/** Bytes that are free for this user where the path is. */
export function freeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}

export function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** When the newest of the files with this ending below a directory was changed, in milliseconds since the epoch. */
export function newestChange(directory: string, ending: string): number {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith(ending));
  return Math.max(0, ...names.map((name) => statSync(join(directory, name), { throwIfNoEntry: false })?.mtimeMs ?? 0));
}

export function changedAt(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

/** Files of these names in a directory that were not changed since. */
export function oldFiles(directory: string, names: RegExp, before: number): string[] {
  if (modeOf(directory) === undefined) return [];
  const paths = readdirSync(directory)
    .filter((name) => names.test(name))
    .map((name) => join(directory, name));
  return paths.filter((path) => (changedAt(path) ?? before) < before);
}

export function removeFile(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

export function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Not there, or not ours to read: either way it says nothing.
    return undefined;
  }
}

/** When a secret was first seen in this home; only a mark that nothing can be made of is kept. */
export function firstSeen(file: string, secret: string, now: number): number {
  const mark = createHash('sha256').update(secret).digest('hex').slice(0, 16);
  const [knownMark, at] = (textOf(file) ?? '').trim().split(' ');
  if (knownMark === mark && Number(at) > 0) return Number(at);
  writeFileSync(file, `${mark} ${now}\n`, { mode: 0o600 });
  return now;
}
