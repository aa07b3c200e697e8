import { chmodSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { isMissing } from '../kernel/safe-files.ts';
import { syncToDisk } from '../kernel/sync-files.ts';
import { refuseNewerSchema } from './migrate.ts';

/** Pages that are copied before everybody else gets a turn again: about a millisecond's worth. */
const PAGES_PER_STEP = 256;

/** What a killed process may have left unfinished is removed when it is this old, in milliseconds. */
const LEFTOVER_AGE_MS = 86_400_000;

/** A backup of the database in the home. */
export interface DatabaseBackup {
  readonly file: string;
  /** When it was made, in milliseconds since the epoch; its name says so. */
  readonly at: number;
}

/**
 * Copies the database while it is in use, step by step, into one file of its own that appears when it is whole. What is
 * written meanwhile is in the copy too. Rejects when the signal aborts.
 */
export async function copyDatabase(database: Database, target: string, signal?: AbortSignal): Promise<void> {
  const unfinished = `${target}.unfinished`;
  rmSync(unfinished, { force: true });
  try {
    const progress = (): number => {
      signal?.throwIfAborted();
      return PAGES_PER_STEP;
    };
    await database.backup(unfinished, { progress });
    chmodSync(unfinished, 0o600);
    leaveWal(unfinished);
    syncToDisk(unfinished);
    renameSync(unfinished, target);
    syncToDisk(dirname(target));
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}

/** The same for a database that is not open here; another part of the host may be writing to it. */
export async function copyDatabaseFile(file: string, target: string, signal?: AbortSignal): Promise<void> {
  const source = new Sqlite(file, { readonly: true });
  try {
    await copyDatabase(source, target, signal);
  } finally {
    source.close();
  }
}

/** A copy has the mode of its original; without a log beside it it can be read where nothing can be written. */
function leaveWal(file: string): void {
  const copy = new Sqlite(file);
  try {
    copy.pragma('journal_mode = DELETE');
  } finally {
    copy.close();
  }
}

export function backupFile(directory: string, now: number): string {
  return join(directory, `messages-${new Date(now).toISOString().slice(0, 19).replaceAll(':', '-')}Z.db`);
}

/** The backups of a directory, the newest first. */
export function listBackups(directory: string): DatabaseBackup[] {
  const backups = namesIn(directory).flatMap((name) => {
    const match = /^messages-(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)Z\.db$/.exec(name);
    const at = match ? Date.parse(`${match[1]}T${match[2]}:${match[3]}:${match[4]}Z`) : Number.NaN;
    return Number.isNaN(at) ? [] : [{ file: join(directory, name), at }];
  });
  return backups.sort((a, b) => b.at - a.at);
}

/** The newest backup that SQLite finds whole. */
export function newestGoodBackup(directory: string): DatabaseBackup | undefined {
  return listBackups(directory).find(({ file }) => isWhole(file));
}

/** Removes all but the newest `keep` backups, and what was left unfinished long ago. Gives how many backups went. */
export function pruneBackups(directory: string, keep: number, now: number): number {
  const old = listBackups(directory).slice(keep);
  for (const { file } of old) rmSync(file, { force: true });
  for (const name of namesIn(directory)) {
    if (!name.endsWith('.unfinished') && !name.startsWith('.copy-')) continue;
    const path = join(directory, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat && now - stat.mtimeMs > LEFTOVER_AGE_MS) rmSync(path, { force: true });
  }
  return old.length;
}

/** Bytes that the database takes on disk, what is not merged into it yet included. */
export function databaseBytes(file: string): number {
  return [file, `${file}-wal`].reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0);
}

/** Throws for a file that SQLite does not find whole, or that a later release has written. */
export function checkDatabaseFile(file: string): void {
  const copy = new Sqlite(file, { readonly: true });
  try {
    if (copy.pragma('integrity_check(1)', { simple: true }) !== 'ok') throw new Error('its database is damaged');
    refuseNewerSchema(copy);
  } finally {
    copy.close();
  }
}

function isWhole(file: string): boolean {
  try {
    const copy = new Sqlite(file, { readonly: true });
    try {
      return copy.pragma('quick_check(1)', { simple: true }) === 'ok';
    } finally {
      copy.close();
    }
  } catch {
    // What cannot be opened is no good either.
    return false;
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
