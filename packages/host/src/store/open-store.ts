import { existsSync, renameSync, rmSync } from 'node:fs';
import Sqlite, { type Database } from 'better-sqlite3';
import { NanoError } from '../kernel/errors.ts';
import { failpoint } from '../kernel/failpoints.ts';
import { migrate, needsCopyBeforeMigration, refuseNewerSchema, schemaVersion } from './migrate.ts';

export type { Database } from 'better-sqlite3';

/** How long a statement waits for another connection's lock before it fails, in milliseconds. */
const BUSY_TIMEOUT_MS = 5_000;

/**
 * Opens the one database (`:memory:` in tests), checks its integrity, copies it before a schema change and brings it
 * up to date. Throws NanoError 'store-failed' with what to do; the file is then as it was.
 */
export function openStore(path: string): Database {
  let database: Database | undefined;
  try {
    database = new Sqlite(path);
    database.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
    refuseNewerSchema(database);
    checkIntegrity(database, path);
    database.pragma('journal_mode = WAL');
    // A message is acknowledged to its platform after the commit, so the commit has to survive a power cut.
    database.pragma('synchronous = FULL');
    database.pragma('foreign_keys = ON');
    if (path !== ':memory:' && needsCopyBeforeMigration(database)) copyBeforeMigration(database, path);
    migrate(database);
    return database;
  } catch (cause) {
    database?.close();
    if (cause instanceof NanoError) throw cause;
    if (cause instanceof Sqlite.SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(cause.code)) throw damaged(path, cause);
    throw new NanoError('store-failed', `cannot open the database ${path}: check that it is a writable SQLite file`, {
      cause,
    });
  }
}

function checkIntegrity(database: Database, path: string): void {
  const verdict = database.pragma('quick_check(1)', { simple: true });
  if (verdict !== 'ok') throw damaged(path, new Error(String(verdict)));
}

function damaged(path: string, cause: Error): NanoError {
  const advice = 'restore a backup, or move the file away to begin with an empty one';
  return new NanoError('store-failed', `the database ${path} is damaged: ${advice}`, { cause });
}

/** An existing copy is kept: it is the older, untouched one. It gets its name when it is whole. */
function copyBeforeMigration(database: Database, path: string): void {
  const version = schemaVersion(database);
  const copy = version === 0 ? `${path}.v1-backup` : `${path}.schema-${version}-backup`;
  if (existsSync(copy)) return;
  const unfinished = `${copy}.unfinished`;
  rmSync(unfinished, { force: true });
  database.prepare('VACUUM INTO ?').run(unfinished);
  renameSync(unfinished, copy);
  failpoint('migration-copied');
}
