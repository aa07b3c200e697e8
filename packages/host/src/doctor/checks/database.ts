import { listBackups, newestGoodBackup } from '../../store/backup-files.ts';
import { inspectDatabase } from '../../store/inspect-store.ts';
import { type Check, note, ok, problem, skipped } from '../check.ts';
import { modeOf } from '../home-look-files.ts';

const HOUR_MS = 3_600_000;

/** A host that was off for a night has not failed to make a copy. */
const LATE_FACTOR = 2;

export const databaseCheck: Check = {
  name: 'database',
  run({ paths }) {
    if (modeOf(paths.database) === undefined)
      return note('there is no database yet', 'start the assistant once: npm start');
    const found = inspectDatabase(paths.database);
    if (found.kind === 'damaged') {
      const backup = newestGoodBackup(paths.backups);
      const fix = backup ? `nanoclaw restore ${backup.file}` : 'restore a backup, or move the file away to begin anew';
      return problem(`${paths.database} is damaged: ${found.why}`, fix);
    }
    if (found.kind === 'newer') {
      const what = `${paths.database} has schema ${found.schema}, and this build knows ${found.known}`;
      return problem(what, 'start the newer NanoClaw that wrote it');
    }
    if (found.schema < found.known)
      return note(`schema ${found.schema} of ${found.known}`, 'the next start upgrades it');
    return ok(`sound, schema ${found.schema}`);
  },
};

export const mainCheck: Check = {
  name: 'main chat',
  run({ paths }) {
    if (modeOf(paths.database) === undefined) return skipped('there is no database yet');
    const found = inspectDatabase(paths.database);
    if (found.kind !== 'sound') return skipped('the database cannot be read');
    if (found.mains.length === 0)
      return problem('no chat is main', 'start the assistant, which makes local:main, or run nanoclaw setup');
    return ok(found.mains.join(', '));
  },
};

export const backupsCheck: Check = {
  name: 'backups',
  runWith({ variables }, { paths, now }) {
    const everyMs = variables.BACKUP_EVERY_HOURS * HOUR_MS;
    if (modeOf(paths.database) === undefined) return skipped('there is no database yet');
    if (everyMs === 0)
      return note('BACKUP_EVERY_HOURS is 0: no copies are made', 'set it, or run nanoclaw backup yourself');
    const newest = listBackups(paths.backups)[0];
    if (newest === undefined)
      return note('there is no backup yet', 'the running assistant makes one; nanoclaw backup makes one now');
    const age = Math.round((now() - newest.at) / HOUR_MS);
    if (now() - newest.at <= LATE_FACTOR * everyMs) return ok(`the newest is ${age} hours old`);
    return problem(
      `the newest backup, ${newest.file}, is ${age} hours old`,
      'keep the assistant running, or run nanoclaw backup',
    );
  },
};
