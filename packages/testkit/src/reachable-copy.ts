import { chmodSync, copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

const OTHERS_MAY_ENTER = 0o001;

let directory: string | undefined;
const copies = new Map<string, string>();

/**
 * The file itself when every user can reach it, else a copy that everybody can: a checkout below root's home is closed
 * to the unprivileged users that some tests run as. Copies go with the process.
 */
export function reachableCopy(file: string): string {
  if (isOpenToAll(dirname(file))) return file;
  const known = copies.get(file);
  if (known !== undefined) return known;
  const copy = join(sharedDirectory(), `${copies.size}-${basename(file)}`);
  copyFileSync(file, copy);
  chmodSync(copy, 0o755);
  copies.set(file, copy);
  return copy;
}

function isOpenToAll(path: string): boolean {
  if ((statSync(path).mode & OTHERS_MAY_ENTER) === 0) return false;
  return path === dirname(path) || isOpenToAll(dirname(path));
}

function sharedDirectory(): string {
  if (directory === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'nanoclaw-reachable-'));
    chmodSync(made, 0o755);
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    directory = made;
  }
  return directory;
}
