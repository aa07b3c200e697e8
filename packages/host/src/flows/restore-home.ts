import { existsSync, lstatSync, mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { NanoError } from '../kernel/errors.ts';
import { failpoint } from '../kernel/failpoints.ts';
import { syncToDisk } from '../kernel/sync-files.ts';
import { ARCHIVED } from './archive-manifest.ts';
import type { CheckedArchive } from './read-archive.ts';

/** What says, in the home, that its parts are being exchanged. */
const JOURNAL = 'data/restore.json';

/** SQLite's own files beside the database; they belong to the one that is put aside. */
const DATABASE_COMPANIONS = ['-wal', '-shm'];

const Journal = z.object({
  /** Where the new parts lie, by their names in a home. */
  from: z.string(),
  /** Where the old ones go. */
  aside: z.string(),
  parts: z.array(z.string()),
});
type Journal = z.infer<typeof Journal>;

/** Whether the home has something that a restore would put aside. */
export function isUsed(home: string): boolean {
  return existsSync(join(home, ARCHIVED.database));
}

/**
 * Puts the parts of a checked archive in place; what was there goes to `backups/before-restore-<time>` and is never
 * removed. A journal is written first: a host or a command that finds it after a crash finishes the exchange. Gives the
 * directory with the old parts, when there were some. The caller holds the home's lock.
 */
export function restoreHome(
  archive: Pick<CheckedArchive, 'home' | 'parts'>,
  place: { home: string; backups: string; now: number },
): { aside: string | undefined } {
  const aside = join(place.backups, `before-restore-${new Date(place.now).toISOString().replaceAll(/[:.]/g, '-')}`);
  if (existsSync(aside)) throw new NanoError('restore-failed', `${aside} is there already: try again`);
  const journal: Journal = { from: archive.home, aside, parts: [...archive.parts] };
  mkdirSync(aside, { recursive: true, mode: 0o700 });
  const file = join(place.home, JOURNAL);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, JSON.stringify(journal), { mode: 0o600 });
  syncToDisk(`${file}.new`);
  renameSync(`${file}.new`, file);
  syncToDisk(dirname(file));
  failpoint('restore-begun');
  finishRestore(place.home);
  return { aside: existsSync(aside) ? aside : undefined };
}

/**
 * Finishes a restore that was cut off, if there is one; gives whether there was. Every step is a rename that is done or
 * not, so it may be cut off again. The caller holds the home's lock.
 */
export function finishRestore(home: string): boolean {
  const file = join(home, JOURNAL);
  if (!existsSync(file)) return false;
  const journal = Journal.parse(JSON.parse(readFileSync(file, 'utf8')));
  for (const part of journal.parts) exchange(home, journal, part);
  rmSync(file);
  rmSync(dirname(journal.from), { recursive: true, force: true });
  removeIfEmpty(journal.aside);
  return true;
}

/** Nothing is left to do for a part that is not among the new ones any more. */
function exchange(home: string, { from, aside }: Journal, part: string): void {
  const [wanted, target] = [join(from, part), join(home, part)];
  if (!isThere(wanted)) return;
  const companions = part === ARCHIVED.database ? DATABASE_COMPANIONS.map((ending) => `${part}${ending}`) : [];
  for (const old of [...companions, part]) {
    if (!isThere(join(home, old))) continue;
    mkdirSync(dirname(join(aside, old)), { recursive: true, mode: 0o700 });
    renameSync(join(home, old), join(aside, old));
  }
  failpoint('restore-put-aside');
  mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
  renameSync(wanted, target);
  syncToDisk(dirname(target));
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // It holds what was there before; that is what it is for.
  }
}
