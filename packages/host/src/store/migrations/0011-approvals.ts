import type { Migration } from '../migrate.ts';

/**
 * What agents have asked the owner for, and what came of it. A question that waits is one for its group and subject. When a
 * registration ends, whoever ends it and however, what it waits for is refused and what it was allowed for good is over: a
 * later migration that makes `registered_groups` anew has to make the trigger anew, too.
 */
export const approvals: Migration = {
  number: 11,
  name: 'approvals',
  up(database) {
    database.exec(`
      CREATE TABLE approvals (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        group_folder TEXT NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, wish TEXT NOT NULL, details TEXT NOT NULL,
        asked_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, outbox_id INTEGER,
        state TEXT NOT NULL DEFAULT 'waiting'
          CHECK (state IN ('waiting', 'allowed', 'refused', 'expired', 'withdrawn')),
        is_always INTEGER NOT NULL DEFAULT 0,
        decided_at INTEGER, decided_by TEXT, usable_until INTEGER, used_by TEXT
      );
      CREATE UNIQUE INDEX idx_approvals_waiting ON approvals(group_folder, kind, subject) WHERE state = 'waiting';
      CREATE INDEX idx_approvals_subject ON approvals(group_folder, kind, subject, state);
      CREATE TRIGGER approvals_end AFTER DELETE ON registered_groups BEGIN
        UPDATE approvals SET state = 'withdrawn' WHERE group_folder = OLD.folder AND state = 'allowed';
        UPDATE approvals SET state = 'refused', decided_by = 'the end of its registration'
          WHERE group_folder = OLD.folder AND state = 'waiting';
      END;
    `);
  },
};
