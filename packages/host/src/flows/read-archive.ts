import {
  closeSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hashFile } from '../kernel/copy-tree.ts';
import { describeError, NanoError } from '../kernel/errors.ts';
import { hostileTree } from '../kernel/hostile-tree.ts';
import { syncToDisk } from '../kernel/sync-files.ts';
import { checkDatabaseFile } from '../store/backup-files.ts';
import {
  ARCHIVED,
  HOME_FOLDER,
  MANIFEST_NAME,
  MAX_ARCHIVE_ENTRIES,
  MAX_MANIFEST_BYTES,
  Manifest,
} from './archive-manifest.ts';
import { isSealed, openSealed, readPassphrase } from './sealed-archive.ts';

/** What was found in an archive, unpacked and checked. */
export interface CheckedArchive {
  /** The directory whose names are those of a home. */
  readonly home: string;
  /** Undefined for a plain copy of the database. */
  readonly manifest: Manifest | undefined;
  /** Names of the home that it brings. */
  readonly parts: readonly string[];
  /** Removes what was unpacked. */
  discard(): void;
}

/**
 * Unpacks an archive, or a copy of the database, into a directory of its own below `backups` and checks every file of it
 * against the manifest, and the database by SQLite's own check. Nothing of the home is touched. Throws 'restore-failed'.
 */
export async function readArchive(file: string, backups: string, passphraseFile?: string): Promise<CheckedArchive> {
  if (!lstatSync(file, { throwIfNoEntry: false })?.isFile()) throw refused(file, 'it is not there, or no file');
  mkdirSync(backups, { recursive: true, mode: 0o700 });
  const staging = mkdtempSync(join(backups, '.copy-'));
  const discard = (): void => rmSync(staging, { recursive: true, force: true });
  const home = join(staging, HOME_FOLDER);
  try {
    if (isDatabase(file)) {
      await placeDatabase(file, join(home, ARCHIVED.database));
      checkDatabaseFile(join(home, ARCHIVED.database));
      return { home, manifest: undefined, parts: [ARCHIVED.database], discard };
    }
    await unpack(await unsealed(file, staging, passphraseFile), staging);
    const manifest = readManifest(join(staging, MANIFEST_NAME));
    await compare(home, manifest);
    makeLinks(home, manifest.links);
    checkDatabaseFile(join(home, ARCHIVED.database));
    syncToDisk(join(home, ARCHIVED.database));
    const wanted = [ARCHIVED.database, ...ARCHIVED.trees, ...(manifest.hasSecrets ? ARCHIVED.secrets : [])];
    const parts = wanted.filter((part) => lstatSync(join(home, part), { throwIfNoEntry: false }) !== undefined);
    return { home, manifest, parts, discard };
  } catch (error) {
    discard();
    throw error instanceof NanoError ? error : refused(file, describeError(error), error);
  }
}

/** Where the archive can be read: itself, or what it is once it was opened. */
async function unsealed(file: string, staging: string, passphraseFile: string | undefined): Promise<string> {
  if (!isSealed(file)) return file;
  if (passphraseFile === undefined) throw refused(file, 'it is sealed with a passphrase: add --passphrase-file');
  const opened = join(staging, 'archive.tar.gz');
  await openSealed(file, opened, readPassphrase(passphraseFile));
  return opened;
}

function isDatabase(file: string): boolean {
  return readStart(file).startsWith('SQLite format 3\0');
}

function readStart(file: string): string {
  // Databases are read as a whole only once they are known to be some.
  const descriptor = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(16);
    readSync(descriptor, buffer, 0, buffer.length, 0);
    return buffer.toString('latin1');
  } finally {
    closeSync(descriptor);
  }
}

async function placeDatabase(file: string, target: string): Promise<void> {
  mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
  await copyFile(file, target);
}

/** An archive of ours holds files and directories alone; paths that lead out are refused by the library, and so by us. */
async function unpack(file: string, staging: string): Promise<void> {
  const { extract } = await import('tar');
  let entries = 0;
  let problem: string | undefined;
  await extract({
    file,
    cwd: staging,
    // As root the owners of the agents' files are kept.
    preserveOwner: process.getuid?.() === 0,
    filter(path, entry) {
      entries++;
      const type = 'type' in entry ? entry.type : 'File';
      if (entries > MAX_ARCHIVE_ENTRIES) problem ??= `it has more than ${MAX_ARCHIVE_ENTRIES} entries`;
      if (!['File', 'OldFile', 'Directory'].includes(type)) problem ??= `${path} is a ${type}`;
      return problem === undefined;
    },
    onwarn: (_, message) => {
      problem ??= String(message);
    },
  });
  if (problem !== undefined) throw refused(file, problem);
}

function readManifest(file: string): Manifest {
  const size = lstatSync(file, { throwIfNoEntry: false })?.size;
  if (size === undefined || size > MAX_MANIFEST_BYTES) throw new Error('it has no manifest: nanoclaw did not make it');
  const parsed = Manifest.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (!parsed.success) throw new Error('its manifest is of a form that this version does not know');
  return parsed.data;
}

/** Every file that the manifest names is there and is what it was, and there is no other. */
async function compare(home: string, manifest: Manifest): Promise<void> {
  const expected = new Map(manifest.files.map((entry) => [entry.path, entry]));
  if (!expected.has(ARCHIVED.database)) throw new Error('it has no database');
  for (const { below, stat } of hostileTree(home)) {
    if (!stat.isFile()) continue;
    const path = below.join('/');
    const entry = expected.get(path);
    const found = await hashFile(join(home, path));
    if (found.sha256 !== entry?.sha256) throw new Error(`${path} is not what was backed up`);
    expected.delete(path);
  }
  const [missing] = expected.keys();
  if (missing !== undefined) throw new Error(`${missing} is missing`);
}

/** Never through a link that was made before: a manifest may be forged. */
function makeLinks(home: string, links: Manifest['links']): void {
  const root = realpathSync(home);
  for (const { path, target } of links) {
    const parent = realpathSync(dirname(join(home, path)));
    if (parent !== root && !parent.startsWith(`${root}/`)) throw new Error(`the link ${path} leads out of the home`);
    symlinkSync(target, join(home, path));
  }
}

function refused(file: string, why: string, cause?: unknown): NanoError {
  return new NanoError('restore-failed', `${file} cannot be restored, and nothing has changed: ${why}`, { cause });
}
