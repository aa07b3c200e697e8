import type { Migration } from '../migrate.ts';

/**
 * A teammate is a registration of its own that belongs to another: so it has a folder, a sandbox, a session, turns and
 * retries like every group. What a teammate says to its lead is a message of the lead's chat that nobody else can write.
 */
export const teams: Migration = {
  number: 8,
  name: 'teams',
  up(database) {
    database.exec(`
      ALTER TABLE registered_groups ADD COLUMN team_of TEXT;
      ALTER TABLE registered_groups ADD COLUMN role TEXT;
      ALTER TABLE messages ADD COLUMN is_from_team INTEGER NOT NULL DEFAULT 0;
    `);
  },
};
