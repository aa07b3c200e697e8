import type { Database } from '../store/open-store.ts';
import type { ChatJid, Seq } from './message.ts';

/**
 * One prompt for one group: the messages after `fromSeq` up to and including `toSeq`.
 *
 *   open --> running --finish--> done | failed
 *
 * A turn found running at start belonged to a host that died; `failRunning` closes it and its messages are found
 * again because the group's `handled_seq` has not moved.
 */
export interface Turn {
  readonly id: string;
  readonly chatJid: ChatJid;
  readonly groupFolder: string;
  readonly runId: string;
  readonly fromSeq: Seq;
  readonly toSeq: Seq;
  /** The newest message of it that is meant for the assistant: what it says goes there. */
  readonly askedSeq?: Seq | undefined;
}

/** Most texts of earlier attempts that are looked at. */
export const MAX_EARLIER_TEXTS = 1_000;

export type TurnStore = ReturnType<typeof createTurnStore>;

export function createTurnStore(database: Database) {
  const insert = database.prepare(`
    INSERT INTO turns (id, chat_jid, group_folder, run_id, from_seq, to_seq, asked_seq, state, started_at, said_before)
    VALUES (@id, @chatJid, @groupFolder, @runId, @fromSeq, @toSeq, @askedSeq, 'running', @now,
      COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'outbox'), 0))`);
  const finish = database.prepare(
    "UPDATE turns SET state = ?, error_kind = ?, ended_at = ? WHERE id = ? AND state = 'running'",
  );
  const running = database.prepare(`
    SELECT id, chat_jid AS chatJid, from_seq AS fromSeq, to_seq AS toSeq, started_at AS startedAt
    FROM turns WHERE state = 'running' ORDER BY started_at`);
  const failRunning = database.prepare(
    "UPDATE turns SET state = 'failed', error_kind = ?, ended_at = ? WHERE state = 'running'",
  );
  const failures = database
    .prepare(`
      SELECT COUNT(*) FROM turns WHERE chat_jid = ? AND from_seq = ? AND state = 'failed'
        AND error_kind NOT IN ('host-stopped', 'host-died', 'engine-down')`)
    .pluck();
  const failuresOfKind = database.prepare(`
    SELECT COUNT(*) AS count, MIN(started_at) AS since FROM turns
    WHERE chat_jid = ? AND from_seq = ? AND state = 'failed' AND error_kind = ?`);
  // A run that a failed turn belonged to may have answered other turns before, or while this one was open already; what
  // it said then is no part of this.
  // Before and after are told by ids: a clock can be set back. An attempt whose end a full disk has kept out of the
  // database is still running there.
  const said = database.prepare(`
    SELECT o.chat_jid AS chatJid, o.text FROM outbox o JOIN turns t ON t.id = o.turn_id
    JOIN (SELECT run_id, MIN(said_before) AS since FROM turns
      WHERE chat_jid = ? AND from_seq >= ? AND state IN ('failed', 'running') GROUP BY run_id) attempt ON attempt.run_id = t.run_id
    WHERE (o.origin = 'tool' OR (o.origin = 'answer' AND t.state <> 'done')) AND o.id > attempt.since ORDER BY o.id LIMIT ${MAX_EARLIER_TEXTS}`);
  const prune = database.prepare('DELETE FROM turns WHERE id IN (SELECT id FROM turns WHERE ended_at < ? LIMIT ?)');
  const counts = database.prepare('SELECT state, COUNT(*) AS count FROM turns GROUP BY state');

  return {
    open: (turn: Turn, now: number) => insert.run({ ...turn, askedSeq: turn.askedSeq ?? null, now }),
    finish: (id: string, outcome: { state: 'done' } | { state: 'failed'; errorKind: string }, now: number) =>
      finish.run(outcome.state, outcome.state === 'failed' ? outcome.errorKind : null, now, id),
    /** Turns that are open, the oldest first. */
    running: () => running.all() as (Pick<Turn, 'id' | 'chatJid' | 'fromSeq' | 'toSeq'> & { startedAt: number })[],
    /** Closes what a host leaves running when it stops, or has left when it died; returns how many. */
    failRunning: (errorKind: 'host-stopped' | 'host-died', now: number) => failRunning.run(errorKind, now).changes,
    /** How often the turn that begins after `fromSeq` has failed by itself: not because of its host or the engine. */
    failuresFrom: (chatJid: ChatJid, fromSeq: Seq) => Number(failures.get(chatJid, fromSeq)),
    /** How often it has failed in this way, and when the first of these attempts began. */
    failuresOfKind: (chatJid: ChatJid, fromSeq: Seq, errorKind: string) =>
      failuresOfKind.get(chatJid, fromSeq, errorKind) as { count: number; since: number | null },
    /** What failed attempts at the messages after `fromSeq` have said already, in order. */
    saidByEarlierAttempts: (chatJid: ChatJid, fromSeq: Seq) =>
      said.all(chatJid, fromSeq) as { chatJid: ChatJid; text: string }[],
    /** Forgets turns that ended before a moment, at most `limit`; returns how many. */
    prune: (before: number, limit: number): number => prune.run(before, limit).changes,
    counts(): Record<string, number> {
      const rows = counts.all() as { state: string; count: number }[];
      return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
    },
  };
}
