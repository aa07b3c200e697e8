import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type CopiedFile, copyTree, type FoundLink, hashFile } from '../kernel/copy-tree.ts';
import { NanoError } from '../kernel/errors.ts';
import { syncToDisk } from '../kernel/sync-files.ts';
import { copyDatabase, copyDatabaseFile } from '../store/backup-files.ts';
import { schemaVersion } from '../store/migrate.ts';
import type { Database } from '../store/open-store.ts';
import {
  ARCHIVE_FORMAT,
  ARCHIVED,
  type ArchiveRequest,
  HOME_FOLDER,
  MANIFEST_NAME,
  type MadeArchive,
  type Manifest,
} from './archive-manifest.ts';
import { readPassphrase, sealFile } from './sealed-archive.ts';

export interface ArchiveDeps {
  readonly database: Database;
  readonly home: string;
  /** Where the pieces are gathered: on the same disk, closed to other users. */
  readonly backups: string;
  readonly version: string;
  readonly now: () => number;
}

/**
 * Puts database, folders and sessions of a home into one file that appears when it is whole. The database is consistent
 * in itself also while it is written to; each other file is as it was when it was copied. Throws 'backup-failed'.
 */
export async function makeArchive(
  deps: ArchiveDeps,
  { file, withSecrets, force, passphraseFile }: ArchiveRequest,
  signal?: AbortSignal,
): Promise<MadeArchive> {
  if (existsSync(file) && !force)
    throw new NanoError('backup-failed', `${file} is there already: add --force to replace it`);
  if (!existsSync(dirname(file))) throw new NanoError('backup-failed', `there is no directory ${dirname(file)}`);
  const passphrase = passphraseFile === undefined ? undefined : readPassphrase(passphraseFile);
  mkdirSync(deps.backups, { recursive: true, mode: 0o700 });
  const staging = mkdtempSync(join(deps.backups, '.copy-'));
  const unfinished = `${file}.unfinished`;
  try {
    const manifest = await gather(deps, { staging, withSecrets }, signal);
    writeFileSync(join(staging, MANIFEST_NAME), JSON.stringify(manifest));
    const { create } = await import('tar');
    // What is to be sealed is never there unsealed, but in a folder that nobody else can enter.
    const archive = passphrase === undefined ? unfinished : join(staging, 'archive.tar.gz');
    await create({ gzip: true, file: archive, cwd: staging, mode: 0o600 }, [MANIFEST_NAME, HOME_FOLDER]);
    if (passphrase !== undefined) await sealFile(archive, unfinished, passphrase);
    signal?.throwIfAborted();
    chmodSync(unfinished, 0o600);
    syncToDisk(unfinished);
    renameSync(unfinished, file);
    syncToDisk(dirname(file));
    const { messages } = manifest.counts;
    return {
      ...{ file, bytes: lstatSync(file).size, files: manifest.files.length, messages },
      ...{ hasSecrets: withSecrets, isSealed: passphrase !== undefined },
    };
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

async function gather(
  deps: ArchiveDeps,
  { staging, withSecrets }: { staging: string; withSecrets: boolean },
  signal?: AbortSignal,
): Promise<Manifest> {
  const target = join(staging, HOME_FOLDER);
  const copy = join(target, ARCHIVED.database);
  mkdirSync(dirname(copy), { recursive: true, mode: 0o700 });
  await copyDatabase(deps.database, copy, signal);
  const files: CopiedFile[] = [{ path: ARCHIVED.database, ...(await hashFile(copy)) }];
  const links: FoundLink[] = [];
  for (const part of [...ARCHIVED.trees, ...(withSecrets ? ARCHIVED.secrets : [])]) {
    const found = await gatherPart(deps.home, target, part, signal);
    files.push(...found.files);
    links.push(...found.links);
  }
  const count = (table: string): number => Number(deps.database.prepare(`SELECT COUNT(*) FROM ${table}`).pluck().get());
  return {
    format: ARCHIVE_FORMAT,
    madeAt: new Date(deps.now()).toISOString(),
    version: deps.version,
    schema: schemaVersion(deps.database),
    hasSecrets: withSecrets,
    counts: { messages: count('messages'), turns: count('turns'), groups: count('registered_groups') },
    files,
    links,
  };
}

interface Gathered {
  readonly files: readonly CopiedFile[];
  readonly links: readonly FoundLink[];
}

/** Where channels keep databases of their own, which are in use while a host runs. */
const CHANNEL_AUTH = 'store/auth';

/** A database in use is copied by SQLite: its file alone, in the middle of a write, is none. */
async function withWholeDatabases(
  copied: readonly CopiedFile[],
  { from, to }: { from: string; to: string },
  signal?: AbortSignal,
): Promise<CopiedFile[]> {
  const whole: CopiedFile[] = [];
  for (const file of copied) {
    const target = join(to, file.path);
    if (/\.db-(wal|shm)$/.test(file.path)) rmSync(target);
    else if (file.path.endsWith('.db')) {
      await copyDatabaseFile(join(from, file.path), target, signal);
      whole.push({ path: file.path, ...(await hashFile(target)) });
    } else whole.push(file);
  }
  return whole;
}

async function gatherPart(home: string, target: string, part: string, signal?: AbortSignal): Promise<Gathered> {
  const from = join(home, part);
  const stat = lstatSync(from, { throwIfNoEntry: false });
  const to = join(target, part);
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
  if (stat?.isDirectory()) {
    const { files: copied, links } = await copyTree(from, to, signal);
    const files = part === CHANNEL_AUTH ? await withWholeDatabases(copied, { from, to }, signal) : copied;
    const below = <T extends { path: string }>(entry: T): T => ({ ...entry, path: `${part}/${entry.path}` });
    return { files: files.map(below), links: links.map(below) };
  }
  if (!stat?.isFile()) return { files: [], links: [] };
  copyFileSync(from, to);
  chmodSync(to, 0o600);
  return { files: [{ path: part, ...(await hashFile(to)) }], links: [] };
}
