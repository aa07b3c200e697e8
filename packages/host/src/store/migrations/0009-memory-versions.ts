import type { Migration } from '../migrate.ts';

/** Earlier versions of the files that make an agent who it is: the agent writes them, and may be talked into anything. */
export const memoryVersions: Migration = {
  number: 9,
  name: 'versions of memory files',
  up(database) {
    database.exec(`
      CREATE TABLE memory_versions (
        id INTEGER PRIMARY KEY AUTOINCREMENT, folder TEXT NOT NULL, path TEXT NOT NULL, at INTEGER NOT NULL,
        run_id TEXT, content TEXT
      );
      CREATE INDEX idx_memory_versions ON memory_versions(folder, path, id);
    `);
  },
};
