import type { Database } from '../store/open-store.ts';
import { type ChatJid, isTeamChat, type Seq, type StoredMessage } from './message.ts';
import { type MessageRow, toMessage } from './message-row.ts';
import { createMessageSearch } from './message-search-store.ts';
import { createMessageWrites } from './message-writes-store.ts';

/** What an agent may be shown: what people wrote and still stand by, commands to the host left out. */
function isForAgent(table: string): string {
  return `${table}.is_bot_message = 0 AND ${table}.is_command = 0 AND ${table}.deleted_at IS NULL
    AND ${table}.is_reply_to_question = 0
    AND (${table}.content <> '' OR ${table}.attachments IS NOT NULL)`;
}

export type MessageStore = ReturnType<typeof createMessageStore>;

/** Messages and chats: what is written, and the ways in which they are read. */
export function createMessageStore(database: Database) {
  const byId = database.prepare('SELECT * FROM messages WHERE chat_jid = ? AND id = ?');
  const bySeq = database.prepare('SELECT * FROM messages WHERE chat_jid = ? AND seq = ?');
  const after = database.prepare('SELECT * FROM messages WHERE chat_jid = ? AND seq > ? ORDER BY seq LIMIT ?');
  const before = database.prepare('SELECT * FROM messages WHERE chat_jid = ? AND seq < ? ORDER BY seq DESC LIMIT ?');
  const unhandled = database.prepare(`
    SELECT m.*, (SELECT r.seq FROM messages r WHERE r.chat_jid = m.chat_jid AND r.id = m.reply_to_message_id) AS reply_seq
    FROM messages m WHERE m.chat_jid = ? AND m.seq > ? AND ${isForAgent('m')} ORDER BY m.seq DESC LIMIT ?`);
  const countUnhandled = database.prepare(`
    SELECT COUNT(*) AS count, COALESCE(MAX(seq), 0) AS newest FROM messages
    WHERE chat_jid = ? AND seq > ? AND ${isForAgent('messages')}`);
  const eachUnhandled = database.prepare(
    `SELECT * FROM messages WHERE chat_jid = ? AND seq > ? AND ${isForAgent('messages')} ORDER BY seq`,
  );
  const newestSeq = database.prepare('SELECT COALESCE(MAX(seq), 0) FROM messages').pluck();
  // The plus keeps the index by chat out of it, which would be read from end to end for its order.
  const chatsSince = database.prepare(`
    SELECT chat_jid AS jid, MAX(seq) AS newest FROM messages WHERE seq > ? AND is_bot_message = 0 GROUP BY +chat_jid`);
  const chatByJid = database.prepare('SELECT jid, name, last_message_time AS lastActivity FROM chats WHERE jid = ?');
  const groupChats = database.prepare(`
    SELECT jid, name, last_message_time AS lastActivity FROM chats
    WHERE is_group = 1 AND jid <> '__group_sync__' ORDER BY last_message_time DESC LIMIT ?`);

  return {
    ...createMessageWrites(database),
    ...createMessageSearch(database),
    /** The message with this platform id. */
    find(chatJid: ChatJid, id: string): StoredMessage | undefined {
      const row = byId.get(chatJid, id) as MessageRow | undefined;
      return row && toMessage(row);
    },
    /** The message with this number of ours, if it is of this chat. */
    bySeq(chatJid: ChatJid, seq: Seq): StoredMessage | undefined {
      const row = bySeq.get(chatJid, seq) as MessageRow | undefined;
      return row && toMessage(row);
    },
    /** Messages of a chat after `seq`, oldest first, the assistant's own included. */
    after(chatJid: ChatJid, seq: Seq, limit: number): StoredMessage[] {
      return (after.all(chatJid, seq, limit) as MessageRow[]).map(toMessage);
    },
    /** The newest messages before `seq`, oldest first. */
    before(chatJid: ChatJid, seq: Seq, limit: number): StoredMessage[] {
      return (before.all(chatJid, seq, limit) as MessageRow[]).map(toMessage).reverse();
    },
    /** The newest messages as people are shown them: what a teammate has told its lead is there as told to the chat, too. */
    newest(chatJid: ChatJid, limit: number): StoredMessage[] {
      const messages = this.before(chatJid, Number.MAX_SAFE_INTEGER, limit);
      return messages.filter(({ isFromTeam }) => !isFromTeam || isTeamChat(chatJid));
    },
    /** What people wrote after `seq`: the newest `limit` of it in order, how much there is, and its highest seq. */
    unhandled(chatJid: ChatJid, seq: Seq, limit: number): { messages: StoredMessage[]; count: number; newest: Seq } {
      const { count, newest } = countUnhandled.get(chatJid, seq) as { count: number; newest: number };
      const messages = count === 0 ? [] : (unhandled.all(chatJid, seq, limit) as MessageRow[]).map(toMessage).reverse();
      return { messages, count, newest };
    },
    /** Whether any message from people after `seq` passes the test; stops at the first that does. */
    someUnhandled(chatJid: ChatJid, seq: Seq, test: (message: StoredMessage) => boolean): boolean {
      for (const row of eachUnhandled.iterate(chatJid, seq)) if (test(toMessage(row as MessageRow))) return true;
      return false;
    },
    /** The highest seq of all chats; 0 in an empty database. */
    newestSeq: () => Number(newestSeq.get()),
    /** Chats that got messages from people after `seq`, each with its newest seq. */
    chatsWithNewsSince(seq: Seq): { jid: ChatJid; newest: Seq }[] {
      return chatsSince.all(seq) as { jid: ChatJid; newest: Seq }[];
    },
    chat(jid: ChatJid): { jid: string; name: string; lastActivity: string | null } | undefined {
      return chatByJid.get(jid) as { jid: string; name: string; lastActivity: string | null } | undefined;
    },
    /** Group chats by recent activity: what main may register. */
    groupChats(limit: number): { jid: string; name: string; lastActivity: string | null }[] {
      return groupChats.all(limit) as { jid: string; name: string; lastActivity: string | null }[];
    },
  };
}
