import { type Clock, startLoop } from '../kernel/clock.ts';
import { describeError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { backupFile, copyDatabase, listBackups, pruneBackups } from '../store/backup-files.ts';
import type { Database } from '../store/open-store.ts';

/** How long a host that has just started is left alone before its first backup, in milliseconds. */
export const FIRST_BACKUP_AFTER_MS = 60_000;

/** How often it is looked whether a backup is due, and one that failed is tried again, in milliseconds. */
export const LOOK_EVERY_MS = 600_000;

export interface ScheduledBackupDeps {
  readonly database: Database;
  readonly directory: string;
  /** 0 for never. */
  readonly everyMs: number;
  readonly keep: number;
  readonly clock: Clock;
  readonly log: Log;
}

export interface ScheduledBackups {
  /** When the newest backup was made, as ISO 8601, and why the last attempt at one failed. */
  state(): { lastBackupAt: string | null; lastBackupError: string | null };
  readonly stopped: Promise<void>;
}

/** Keeps recent copies of the database in the home. A failure is told in log and status, and harms nothing. */
export function startScheduledBackups(deps: ScheduledBackupDeps, signal: AbortSignal): ScheduledBackups {
  const { database, directory, everyMs, keep, clock, log } = deps;
  let lastBackupError: string | null = null;

  async function look(): Promise<void> {
    const now = clock.now();
    // A backup of the future was made under a wrong clock and says nothing about the last hours.
    const newest = listBackups(directory).find(({ at }) => at <= now);
    if (newest !== undefined && now - newest.at < everyMs) return;
    const file = backupFile(directory, now);
    await copyDatabase(database, file, signal);
    lastBackupError = null;
    log.info('backup.made', { file, ms: clock.now() - now, removed: pruneBackups(directory, keep, now) });
  }

  async function run(): Promise<void> {
    if (everyMs === 0) return;
    await clock.sleep(FIRST_BACKUP_AFTER_MS, signal);
    const onError = (error: unknown): void => {
      if (signal.aborted) return;
      lastBackupError = describeError(error);
      log.error('backup.failed', { error: lastBackupError });
    };
    await startLoop({ clock, everyMs: LOOK_EVERY_MS, signal, body: look, onError }).stopped;
  }

  return {
    stopped: run(),
    state() {
      const newest = listBackups(directory)[0];
      return { lastBackupAt: newest ? new Date(newest.at).toISOString() : null, lastBackupError };
    },
  };
}
