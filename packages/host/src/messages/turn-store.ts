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
}

export type TurnStore = ReturnType<typeof createTurnStore>;

export function createTurnStore(database: Database) {
  const insert = database.prepare(`
    INSERT INTO turns (id, chat_jid, group_folder, run_id, from_seq, to_seq, state, started_at)
    VALUES (@id, @chatJid, @groupFolder, @runId, @fromSeq, @toSeq, 'running', @now)`);
  const finish = database.prepare(
    "UPDATE turns SET state = ?, error_kind = ?, ended_at = ? WHERE id = ? AND state = 'running'",
  );
  const failRunning = database.prepare(
    "UPDATE turns SET state = 'failed', error_kind = 'host-stopped', ended_at = ? WHERE state = 'running'",
  );
  const failures = database
    .prepare(
      "SELECT COUNT(*) FROM turns WHERE chat_jid = ? AND from_seq = ? AND state = 'failed' AND error_kind <> 'host-stopped'",
    )
    .pluck();
  const counts = database.prepare('SELECT state, COUNT(*) AS count FROM turns GROUP BY state');

  return {
    open: (turn: Turn, now: number) => insert.run({ ...turn, now }),
    finish: (id: string, outcome: { state: 'done' } | { state: 'failed'; errorKind: string }, now: number) =>
      finish.run(outcome.state, outcome.state === 'failed' ? outcome.errorKind : null, now, id),
    /** Closes what a dead host left running; returns how many. */
    failRunning: (now: number) => failRunning.run(now).changes,
    /** How often the turn that begins after `fromSeq` has failed already; a stop of the host is no failure of it. */
    failuresFrom: (chatJid: ChatJid, fromSeq: Seq) => Number(failures.get(chatJid, fromSeq)),
    counts(): Record<string, number> {
      const rows = counts.all() as { state: string; count: number }[];
      return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
    },
  };
}
