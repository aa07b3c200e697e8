import { existsSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { NanoError } from '../kernel/errors.ts';
import { failpoint } from '../kernel/failpoints.ts';
import { syncToDisk } from '../kernel/sync-files.ts';
import { newestGoodBackup } from './backup-files.ts';
import { migrate, needsCopyBeforeMigration, refuseNewerSchema, schemaVersion } from './migrate.ts';

export type { Database } from 'better-sqlite3';

/** How long a statement waits for another connection's lock before it fails, in milliseconds. */
const BUSY_TIMEOUT_MS = 5_000;

/** What opening has to know beside the file. */
export interface StoreOptions {
  /** For databases of v1, which told the assistant's own messages by its name. */
  readonly assistantName?: string;
  /** Directory of copies, one of which is named when the file is damaged. */
  readonly backups?: string;
}

/**
 * Opens the one database (`:memory:` in tests), checks its integrity, copies it before a schema change and brings it
 * up to date. Throws NanoError 'store-failed' with what to do; the file is then as it was, byte for byte, but for what
 * SQLite itself takes back or in of an earlier process that was killed.
 */
export function openStore(path: string, options: StoreOptions = {}): Database {
  let database: Database | undefined;
  try {
    database = new Sqlite(path);
    database.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
    refuseNewerSchema(database);
    checkIntegrity(database);
    // A message is acknowledged to its platform after the commit, so the commit has to survive a power cut.
    database.pragma('synchronous = FULL');
    if (path !== ':memory:' && needsCopyBeforeMigration(database)) copyBeforeMigration(database, path);
    migrate(database, { assistantName: options.assistantName ?? 'Andy' });
    // Only now: the change of mode is written to the file, and a file that cannot be upgraded stays as it was.
    database.pragma('journal_mode = WAL');
    database.pragma('foreign_keys = ON');
    return database;
  } catch (cause) {
    database?.close();
    throw explain(path, cause, options.backups);
  }
}

function explain(path: string, cause: unknown, backups: string | undefined): NanoError {
  if (cause instanceof NanoError) return cause;
  const code = cause instanceof Sqlite.SqliteError ? cause.code : '';
  if (cause instanceof DamagedError || /^SQLITE_(CORRUPT|NOTADB)/.test(code)) return damaged(path, cause, backups);
  const why =
    code === 'SQLITE_FULL'
      ? `the disk of ${path} is full: free some space, as much as the database takes`
      : `cannot open the database ${path}: check that it is a writable SQLite file`;
  return new NanoError('store-failed', why, { cause });
}

/** What the integrity check has found. */
class DamagedError extends Error {}

function checkIntegrity(database: Database): void {
  const verdict = database.pragma('quick_check(1)', { simple: true });
  if (verdict !== 'ok') throw new DamagedError(String(verdict));
}

function damaged(path: string, cause: unknown, backups: string | undefined): NanoError {
  const newest = backups === undefined ? undefined : newestGoodBackup(backups);
  const advice = newest
    ? `nanoclaw restore ${newest.file} puts back its newest good backup`
    : 'restore a backup, or move the file away to begin with an empty one';
  return new NanoError('store-failed', `the database ${path} is damaged: ${advice}`, { cause });
}

/** An existing copy is kept: it is the older, untouched one. It gets its name when it is whole. */
function copyBeforeMigration(database: Database, path: string): void {
  const version = schemaVersion(database);
  const copy = version === 0 ? `${path}.v1-backup` : `${path}.schema-${version}-backup`;
  if (existsSync(copy)) return;
  const unfinished = `${copy}.unfinished`;
  rmSync(unfinished, { force: true });
  try {
    database.prepare('VACUUM INTO ?').run(unfinished);
    syncToDisk(unfinished);
    renameSync(unfinished, copy);
    syncToDisk(dirname(copy));
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
  failpoint('migration-copied');
}
