import type { Migration } from '../migrate.ts';

/**
 * What the proof of "nothing lost, nothing said twice" stands on: sends that have begun are marked, so that one whose
 * fate is unknown after a crash is told from one that never began; messages know edits, deletions and commands; groups
 * have settings of their own; a task's run is claimed before it starts; bad data is kept aside with its reason.
 */
export const durableCore: Migration = {
  number: 3,
  name: 'sends in doubt, group settings, task claims, quarantine',
  up(database) {
    database.exec(SQL);
  },
};

const SQL = `
  CREATE TABLE outbox_with_doubt (
    id INTEGER PRIMARY KEY AUTOINCREMENT, chat_jid TEXT NOT NULL, turn_id TEXT,
    origin TEXT NOT NULL CHECK (origin IN ('answer', 'tool', 'notice')), sender TEXT, text TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'sending', 'sent', 'failed')),
    parts_sent INTEGER NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at INTEGER NOT NULL, platform_id TEXT, error TEXT, created_at INTEGER NOT NULL, sent_at INTEGER
  );
  INSERT INTO outbox_with_doubt (id, chat_jid, turn_id, origin, sender, text, state, attempts, next_attempt_at,
      platform_id, error, created_at, sent_at)
    SELECT id, chat_jid, turn_id, origin, sender, text, state, attempts, next_attempt_at, platform_id, error,
      created_at, sent_at FROM outbox;
  DROP TABLE outbox;
  ALTER TABLE outbox_with_doubt RENAME TO outbox;
  CREATE INDEX idx_outbox_unsent ON outbox(chat_jid, id) WHERE state IN ('pending', 'sending');
  CREATE INDEX idx_outbox_turn ON outbox(turn_id) WHERE turn_id IS NOT NULL;
  CREATE INDEX idx_outbox_finished ON outbox(created_at) WHERE state IN ('sent', 'failed');

  -- The newest text in the outbox when the turn was opened.
  ALTER TABLE turns ADD COLUMN said_before INTEGER NOT NULL DEFAULT 0;

  ALTER TABLE messages ADD COLUMN edited_at TEXT;
  ALTER TABLE messages ADD COLUMN deleted_at TEXT;
  ALTER TABLE messages ADD COLUMN attachments TEXT;
  ALTER TABLE messages ADD COLUMN is_command INTEGER NOT NULL DEFAULT 0;

  -- The cursor at which the chat was last told that an answer is still to come.
  ALTER TABLE registered_groups ADD COLUMN told_waiting_seq INTEGER;
  ALTER TABLE registered_groups ADD COLUMN model TEXT;
  ALTER TABLE registered_groups ADD COLUMN timeout_ms INTEGER;
  ALTER TABLE registered_groups ADD COLUMN daily_budget_usd REAL;
  UPDATE registered_groups SET timeout_ms = CASE
    WHEN json_valid(container_config) AND json_type(container_config, '$.timeout') IN ('integer', 'real')
    THEN CASE WHEN json_extract(container_config, '$.timeout') >= 1000
      THEN CAST(json_extract(container_config, '$.timeout') AS INTEGER) END END;

  ALTER TABLE task_run_logs ADD COLUMN due_at TEXT;
  ALTER TABLE task_run_logs ADD COLUMN attempt INTEGER NOT NULL DEFAULT 1;
  CREATE UNIQUE INDEX idx_task_run_due ON task_run_logs(task_id, due_at) WHERE due_at IS NOT NULL;
  CREATE INDEX idx_task_run_unfinished ON task_run_logs(status) WHERE status IN ('claimed', 'running');

  CREATE INDEX idx_turns_ended ON turns(ended_at) WHERE ended_at IS NOT NULL;
  CREATE INDEX idx_usage_group ON usage(group_folder, at);

  CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('mailbox', 'platform', 'row')), owner TEXT NOT NULL, reason TEXT NOT NULL,
    content BLOB
  );
  CREATE INDEX idx_quarantine_at ON quarantine(at);
  CREATE TABLE invariants (
    name TEXT PRIMARY KEY, violations INTEGER NOT NULL, last_at INTEGER NOT NULL, last_detail TEXT NOT NULL
  );
`;
