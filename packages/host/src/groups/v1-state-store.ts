import type { Database } from '../store/open-store.ts';

/** A registration out of a state file of v1. */
export interface ImportedGroup {
  readonly jid: string;
  readonly name: string;
  readonly folder: string;
  readonly trigger: string;
  readonly addedAt: string;
  readonly containerConfig: string | null;
  readonly requiresTrigger: boolean;
}

export type V1StateStore = ReturnType<typeof createV1StateStore>;

/** Takes over state that v1 kept in files. What the database knows already is newer, and is never replaced. */
export function createV1StateStore(database: Database) {
  const addState = database.prepare('INSERT OR IGNORE INTO router_state (key, value) VALUES (?, ?)');
  const addSession = database.prepare('INSERT OR IGNORE INTO sessions (group_folder, session_id) VALUES (?, ?)');
  const known = database
    .prepare('SELECT jid FROM registered_groups WHERE jid = ? OR folder = ? COLLATE NOCASE')
    .pluck();
  const addChat = database.prepare('INSERT OR IGNORE INTO chats (jid, name) VALUES (?, ?)');
  const addGroup = database.prepare(`
    INSERT INTO registered_groups (jid, name, folder, trigger_pattern, added_at, container_config, requires_trigger,
      is_main, handled_seq)
    VALUES (@jid, @name, @folder, @trigger, @addedAt, @containerConfig, @requiresTrigger,
      @folder = 'main' AND NOT EXISTS (SELECT 1 FROM registered_groups WHERE is_main = 1), @handledSeq)`);
  const cursor = database
    .prepare(
      `SELECT entry.value FROM router_state, json_each(CASE WHEN json_valid(router_state.value) THEN router_state.value ELSE '{}' END) AS entry
      WHERE router_state.key = 'last_agent_timestamp' AND entry.key = ? AND entry.type = 'text' AND entry.value <> ''`,
    )
    .pluck();
  const seqAt = database.prepare('SELECT MAX(seq) FROM messages WHERE chat_jid = ? AND timestamp <= ?').pluck();
  const seqOfBot = database.prepare('SELECT MAX(seq) FROM messages WHERE chat_jid = ? AND is_bot_message = 1').pluck();

  return {
    transaction: (work: () => void): void => database.transaction(work)(),
    addState: (key: string, value: string) => addState.run(key, value),
    addSession: (folder: string, sessionId: string) => addSession.run(folder, sessionId),
    /** Goes on at the cursor, else at the assistant's last message. Gives the chat that is in the way, if any. */
    addGroup(group: ImportedGroup): string | undefined {
      const inTheWay = known.get(group.jid, group.folder) as string | undefined;
      if (inTheWay !== undefined) return inTheWay;
      const at = cursor.get(group.jid);
      const seq = at === undefined ? seqOfBot.get(group.jid) : seqAt.get(group.jid, at);
      addChat.run(group.jid, group.name);
      addGroup.run({ ...group, requiresTrigger: Number(group.requiresTrigger), handledSeq: Number(seq ?? 0) });
      return undefined;
    },
  };
}
