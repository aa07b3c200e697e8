import type { Migration } from '../migrate.ts';

/** Budgets count what passes the gateway, not what a sandbox says of itself. */
export const modelRequests: Migration = {
  number: 5,
  name: 'requests to the model service',
  up(database) {
    database.exec(`
      CREATE TABLE model_requests (
        id INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        group_folder TEXT NOT NULL,
        run_id TEXT NOT NULL,
        model TEXT NOT NULL,
        status INTEGER NOT NULL,
        input_tokens INTEGER NOT NULL,
        output_tokens INTEGER NOT NULL,
        cache_read_tokens INTEGER NOT NULL,
        cache_write_tokens INTEGER NOT NULL,
        cost_usd REAL NOT NULL
      );
      CREATE INDEX idx_model_requests_at ON model_requests(at);
      CREATE INDEX idx_model_requests_group ON model_requests(group_folder, at);
      -- What was spent before counts on the day of the upgrade, too.
      INSERT INTO model_requests (at, group_folder, run_id, model, status, input_tokens, output_tokens,
        cache_read_tokens, cache_write_tokens, cost_usd)
      SELECT at, group_folder, turn_id, '', 200, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens,
        cost_usd FROM usage;
    `);
  },
};
