import type { Database } from '../store/open-store.ts';

/** One version of a file of a group; `content` is null where the file was not there. */
export interface MemoryVersion {
  readonly id: number;
  readonly folder: string;
  readonly path: string;
  /** ISO 8601: when it was seen first. */
  readonly at: string;
  /** The run that had left it so; null for what was there before one. */
  readonly runId: string | null;
  readonly content: string | null;
}

/** A version as a list shows it. */
export interface MemoryOutline extends Pick<MemoryVersion, 'id' | 'path' | 'at' | 'runId'> {
  /** Null where the file was not there. */
  readonly chars: number | null;
  readonly isNewest: boolean;
}

/** Most versions of one file that are kept; the oldest go first. */
export const MAX_VERSIONS = 100;

export type MemoryStore = ReturnType<typeof createMemoryStore>;

/** Versions of memory files: a new one where the content has changed. */
export function createMemoryStore(database: Database) {
  const columns = `id, folder, path, strftime('%Y-%m-%dT%H:%M:%fZ', at / 1000.0, 'unixepoch') AS at, run_id AS runId, content`;
  const newest = database
    .prepare('SELECT content FROM memory_versions WHERE folder = ? AND path = ? ORDER BY id DESC LIMIT 1')
    .pluck();
  const insert = database.prepare(
    'INSERT INTO memory_versions (folder, path, at, run_id, content) VALUES (@folder, @path, @now, @runId, @content)',
  );
  const prune = database.prepare(`
    DELETE FROM memory_versions WHERE folder = @folder AND path = @path AND id NOT IN (
      SELECT id FROM memory_versions WHERE folder = @folder AND path = @path ORDER BY id DESC LIMIT ${MAX_VERSIONS})`);
  const list = database.prepare(`SELECT ${columns} FROM memory_versions WHERE folder = ? ORDER BY id DESC`);
  const find = database.prepare(`SELECT ${columns} FROM memory_versions WHERE folder = ? AND id = ?`);

  const outline = database.prepare(`
    SELECT id, path, strftime('%Y-%m-%dT%H:%M:%fZ', at / 1000.0, 'unixepoch') AS at, run_id AS runId,
      LENGTH(content) AS chars, id = (SELECT MAX(id) FROM memory_versions newer
        WHERE newer.folder = memory_versions.folder AND newer.path = memory_versions.path) AS isNewest
    FROM memory_versions WHERE folder = ? AND id < ? ORDER BY id DESC LIMIT ?`);

  const forget = database.prepare('DELETE FROM memory_versions WHERE folder = ?');

  return {
    /** Keeps the content unless it is what the newest version has; true when it was kept. */
    keep(version: Pick<MemoryVersion, 'folder' | 'path' | 'content' | 'runId'> & { now: number }): boolean {
      const last = newest.get(version.folder, version.path) as string | null | undefined;
      // A file that was never there is no version of anything.
      if (last === version.content || (last === undefined && version.content === null)) return false;
      insert.run(version);
      prune.run({ folder: version.folder, path: version.path });
      return true;
    },
    /** The versions of a group's files, the newest first. */
    list: (folder: string) => list.all(folder) as MemoryVersion[],
    /** What there is, without the contents: the newest first, before a version's id. */
    outline: (folder: string, before: number, limit: number): MemoryOutline[] =>
      (outline.all(folder, before, limit) as (Omit<MemoryOutline, 'isNewest'> & { isNewest: number })[]).map((row) => {
        return { ...row, isNewest: row.isNewest === 1 };
      }),
    /** The group is no more. */
    forget: (folder: string) => forget.run(folder),
    find: (folder: string, id: number) => find.get(folder, id) as MemoryVersion | undefined,
  };
}
