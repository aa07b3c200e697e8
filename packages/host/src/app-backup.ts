import type { Base } from './app-base.ts';
import type { HostStatus } from './flows/host-status.ts';
import { startScheduledBackups } from './flows/scheduled-backups.ts';
import { systemClock } from './kernel/clock.ts';
import { databaseBytes } from './store/backup-files.ts';

const HOUR_MS = 3_600_000;

/** Starts the backups of the database; gives what the status says of it. */
export function startBackups({ config, paths, stores, lifecycle, log }: Base): () => HostStatus['database'] {
  const { BACKUP_EVERY_HOURS: hours, BACKUP_KEEP: keep } = config.variables;
  const ending = new AbortController();
  const { database } = stores;
  const backups = startScheduledBackups(
    { database, directory: paths.backups, everyMs: hours * HOUR_MS, keep, clock: systemClock, log },
    ending.signal,
  );
  lifecycle.started('backups', async () => {
    ending.abort();
    await backups.stopped;
  });
  return () => ({ bytes: databaseBytes(paths.database), ...backups.state() });
}
