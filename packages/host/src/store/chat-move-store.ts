import type { Database } from './open-store.ts';

export type ChatMoveStore = ReturnType<typeof createChatMoves>;

/** A chat that goes on under another id: what is registered for it follows, its history stays where it was. */
export function createChatMoves(database: Database) {
  const isTaken = database.prepare('SELECT 1 FROM registered_groups WHERE jid = ?').pluck();
  const register = database.prepare('UPDATE registered_groups SET jid = @to WHERE jid = @from');
  const copyChat = database.prepare(`
    INSERT INTO chats (jid, name, last_message_time, channel, is_group)
      SELECT @to, name, last_message_time, channel, is_group FROM chats WHERE jid = @from
    ON CONFLICT (jid) DO NOTHING`);
  // What nobody has answered yet is answered in the new chat. Numbers of messages begin anew there: the rare one that is
  // in use already stays behind.
  const takeAlong = database.prepare(`
    UPDATE OR IGNORE messages SET chat_jid = @to WHERE chat_jid = @from AND is_bot_message = 0
      AND seq > (SELECT handled_seq FROM registered_groups WHERE jid = @to)`);
  const moveTasks = database.prepare('UPDATE scheduled_tasks SET chat_jid = @to WHERE chat_jid = @from');

  const move = database.transaction((from: string, to: string): boolean => {
    if (isTaken.get(to) !== undefined || register.run({ from, to }).changes === 0) return false;
    copyChat.run({ from, to });
    takeAlong.run({ from, to });
    moveTasks.run({ from, to });
    return true;
  });

  return {
    /** False when nothing is registered under the old id, or something is under the new one already. */
    move: (from: string, to: string): boolean => move(from, to),
  };
}
