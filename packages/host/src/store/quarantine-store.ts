import type { Database } from './open-store.ts';

/** Most of a quarantined document that is kept, in UTF-16 code units. */
export const MAX_QUARANTINED_CHARS = 64 * 1024;

/** Most documents kept; older ones make room. What was counted stays counted. */
export const MAX_QUARANTINED = 1_000;

/** Something that could not be understood, kept for the owner to look at. */
export interface Quarantined {
  /** A request of an agent, an event of a platform, a row of the database. */
  readonly source: 'mailbox' | 'platform' | 'row';
  /** The group's folder, the channel's name or the table. */
  readonly owner: string;
  readonly reason: string;
  readonly content: string;
}

export type QuarantineStore = ReturnType<typeof createQuarantineStore>;

/** Bad data is kept aside with its reason and never stops the loop that met it. */
export function createQuarantineStore(database: Database) {
  const insert = database.prepare(
    'INSERT INTO quarantine (at, source, owner, reason, content) VALUES (@now, @source, @owner, @reason, @content)',
  );
  const makeRoom = database.prepare('DELETE FROM quarantine WHERE id <= (SELECT MAX(id) FROM quarantine) - ?');
  const counts = database.prepare('SELECT source, COUNT(*) AS count FROM quarantine GROUP BY source');
  const newest = database.prepare(
    'SELECT id, at, source, owner, reason, content FROM quarantine ORDER BY id DESC LIMIT ?',
  );
  const prune = database.prepare('DELETE FROM quarantine WHERE id IN (SELECT id FROM quarantine WHERE at < ? LIMIT ?)');

  return {
    add(item: Quarantined, now: number): void {
      database.transaction(() => {
        insert.run({ ...item, content: item.content.slice(0, MAX_QUARANTINED_CHARS), now });
        makeRoom.run(MAX_QUARANTINED);
      })();
    },
    /** How many documents of each source are kept. */
    counts(): Record<string, number> {
      const rows = counts.all() as { source: string; count: number }[];
      return Object.fromEntries(rows.map(({ source, count }) => [source, count]));
    },
    /** The newest first. */
    list: (limit: number) => newest.all(limit) as (Quarantined & { id: number; at: number })[],
    /** Forgets what is older than a moment, at most `limit`; returns how many. */
    prune: (before: number, limit: number): number => prune.run(before, limit).changes,
  };
}
