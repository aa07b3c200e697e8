import { openHomeStores } from './app-upgrade.ts';
import type { Config } from './config/config.ts';
import { type HomePaths, homePaths, prepareHome } from './config/home-files.ts';
import { lockHome } from './config/lock-files.ts';
import type { ArchiveRequest, MadeArchive, RestoredHome, RestoreRequest } from './flows/archive-manifest.ts';
import { type ArchiveDeps, makeArchive } from './flows/make-archive.ts';
import { readArchive } from './flows/read-archive.ts';
import { isUsed, restoreHome } from './flows/restore-home.ts';
import { systemClock } from './kernel/clock.ts';
import { NanoError } from './kernel/errors.ts';
import type { Database } from './store/open-store.ts';

/** What the makers of archives need of a home whose database is open. */
export function archiveDeps(paths: HomePaths, database: Database, version: string): ArchiveDeps {
  return { database, home: paths.home, backups: paths.backups, version, now: systemClock.now };
}

/** Backs up a home that no host runs on. Throws 'home-locked' when one does. */
export async function archiveOffline(config: Config, request: ArchiveRequest, version: string): Promise<MadeArchive> {
  const paths = homePaths(config.home);
  prepareHome(paths);
  const unlock = lockHome(paths.lock);
  try {
    const { stores } = openHomeStores(config, paths);
    try {
      return await makeArchive(archiveDeps(paths, stores.database, version), request);
    } finally {
      stores.database.close();
    }
  } finally {
    unlock();
  }
}

/** Checks an archive and, unless that was all, puts it in place under the home's lock. Throws 'restore-failed'. */
export async function restoreOffline(config: Config, request: RestoreRequest): Promise<RestoredHome> {
  const paths = homePaths(config.home);
  prepareHome(paths);
  const unlock = request.isCheck ? () => undefined : lockHome(paths.lock);
  try {
    if (!request.isCheck && isUsed(paths.home) && !request.force) {
      const why = `${paths.home} is in use: add --force to put what is there aside, or set NANOCLAW_HOME to a new directory`;
      throw new NanoError('restore-failed', why);
    }
    const archive = await readArchive(request.file, paths.backups, request.passphraseFile);
    const { manifest, parts } = archive;
    let aside: string | undefined;
    if (request.isCheck) archive.discard();
    else ({ aside } = restoreHome(archive, { ...paths, now: systemClock.now() }));
    const about = {
      madeAt: manifest?.madeAt ?? null,
      version: manifest?.version ?? null,
      counts: manifest?.counts ?? null,
    };
    return { home: paths.home, parts, ...about, aside: aside ?? null };
  } finally {
    unlock();
  }
}
