import type { Database } from 'better-sqlite3';
import { NanoError } from '../kernel/errors.ts';
import { failpoint } from '../kernel/failpoints.ts';
import { v1Tables } from './migrations/0001-v1-tables.ts';
import { orderAndTurns } from './migrations/0002-order-and-turns.ts';
import { durableCore } from './migrations/0003-durable-core.ts';
import { groupEgress } from './migrations/0004-group-egress.ts';
import { modelRequests } from './migrations/0005-model-requests.ts';
import { agentTools } from './migrations/0006-agent-tools.ts';
import { filesAndQuestions } from './migrations/0007-files-and-questions.ts';
import { teams } from './migrations/0008-teams.ts';
import { memoryVersions } from './migrations/0009-memory-versions.ts';
import { answersToThreads } from './migrations/0010-answers-to-threads.ts';
import { approvals } from './migrations/0011-approvals.ts';
import { mail } from './migrations/0012-mail.ts';

/** One step forward. Never edited once released; the next change is the next number. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  /** Runs inside the one transaction of all pending steps, with foreign keys off. */
  up(database: Database, facts: UpgradeFacts): void;
}

/** What an upgrade has to know that the file does not say. */
export interface UpgradeFacts {
  /** Without "@"; v1 wrote it in front of what the assistant said. */
  readonly assistantName: string;
}

export const MIGRATIONS: readonly Migration[] = [
  v1Tables,
  orderAndTurns,
  durableCore,
  groupEgress,
  modelRequests,
  agentTools,
  filesAndQuestions,
  teams,
  memoryVersions,
  answersToThreads,
  approvals,
  mail,
];

/** The number the file carries in `user_version`; 0 for a new file and for every v1 release. */
export function schemaVersion(database: Database): number {
  return Number(database.pragma('user_version', { simple: true }));
}

/** True when the file has tables that a pending step is going to change, so that a copy is worth making. */
export function needsCopyBeforeMigration(database: Database): boolean {
  const count = database.prepare("SELECT COUNT(*) FROM sqlite_master WHERE type = 'table'").pluck().get();
  return Number(count) > 0 && schemaVersion(database) < latest();
}

/** Throws 'store-failed' for a file that a later release has written. */
export function refuseNewerSchema(database: Database): void {
  const found = schemaVersion(database);
  if (found <= latest()) return;
  const why = `the database has schema ${found}, this build knows ${latest()}`;
  throw new NanoError('store-failed', `${why}: start the newer NanoClaw that wrote it`);
}

/**
 * Brings the database to the newest schema in one transaction, or leaves it as it was and throws 'store-failed'. Tables
 * are made anew under their old names, which foreign keys of tables that are not ours (a skill of v1 may have added some)
 * would forbid and the renaming would rewrite: both are held off meanwhile.
 */
export function migrate(database: Database, facts: UpgradeFacts): void {
  const from = schemaVersion(database);
  if (from === latest()) return;
  database.pragma('foreign_keys = OFF');
  database.pragma('legacy_alter_table = ON');
  try {
    database.transaction(() => {
      for (const step of MIGRATIONS.filter(({ number }) => number > from)) {
        step.up(database, facts);
        failpoint('migration-stepped');
      }
      database.pragma(`user_version = ${latest()}`);
    })();
  } catch (cause) {
    const what = `the database could not be upgraded from schema ${from} and is unchanged`;
    throw new NanoError('store-failed', `${what}: free some disk space, or start the release it comes from`, { cause });
  } finally {
    database.pragma('legacy_alter_table = OFF');
  }
}

function latest(): number {
  return MIGRATIONS.at(-1)?.number ?? 0;
}
