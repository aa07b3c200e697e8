import type { Database } from './open-store.ts';

/** A promise that was found broken (and mended), for `nanoclaw status`: how often, and when last. */
export interface Violations {
  readonly name: string;
  readonly violations: number;
  readonly lastAt: number;
  readonly lastDetail: string;
}

export type InvariantStore = ReturnType<typeof createInvariantStore>;

/** Counts broken promises over the life of the installation; an empty table is the normal state. */
export function createInvariantStore(database: Database) {
  const count = database.prepare(`
    INSERT INTO invariants (name, violations, last_at, last_detail) VALUES (@name, 1, @now, @detail)
    ON CONFLICT (name) DO UPDATE SET violations = violations + 1, last_at = @now, last_detail = @detail`);
  const all = database.prepare(
    'SELECT name, violations, last_at AS lastAt, last_detail AS lastDetail FROM invariants ORDER BY name',
  );

  return {
    violated: (name: string, detail: string, now: number) => count.run({ name, detail, now }),
    list: () => all.all() as Violations[],
  };
}
