import type { Database } from '../store/open-store.ts';
import type { ChatInfo, ChatJid, InboundMessage, Seq, StoredMessage } from './message.ts';

interface Row {
  seq: number;
  id: string;
  chat_jid: string;
  sender: string | null;
  sender_name: string | null;
  content: string | null;
  timestamp: string | null;
  is_from_me: number | null;
  is_bot_message: number | null;
  reply_to_message_id: string | null;
  reply_to_message_content: string | null;
  reply_to_sender_name: string | null;
  /** Only where a statement looks it up. */
  reply_seq?: number | null;
}

export type MessageStore = ReturnType<typeof createMessageStore>;

/** Messages and chats. Every write is idempotent on (chat, platform message id). */
export function createMessageStore(database: Database) {
  const upsertChat = database.prepare(`
    INSERT INTO chats (jid, name, last_message_time, channel, is_group) VALUES (@jid, COALESCE(@name, @jid), @time, @channel, @isGroup)
    ON CONFLICT (jid) DO UPDATE SET name = COALESCE(@name, name), channel = COALESCE(@channel, channel),
      last_message_time = MAX(COALESCE(last_message_time, ''), @time), is_group = MAX(COALESCE(is_group, 0), @isGroup)`);
  const insert = database.prepare(`
    INSERT INTO messages (id, chat_jid, sender, sender_name, content, timestamp, is_from_me, is_bot_message,
      reply_to_message_id, reply_to_message_content, reply_to_sender_name)
    VALUES (@id, @chatJid, @sender, @senderName, @content, @timestamp, @isFromMe, @isBot, @replyId, @replyContent, @replySender)
    ON CONFLICT (chat_jid, id) DO NOTHING`);
  const bySeq = database.prepare('SELECT * FROM messages WHERE seq = ?');
  const byId = database.prepare('SELECT * FROM messages WHERE chat_jid = ? AND id = ?');
  const after = database.prepare('SELECT * FROM messages WHERE chat_jid = ? AND seq > ? ORDER BY seq LIMIT ?');
  const before = database.prepare('SELECT * FROM messages WHERE chat_jid = ? AND seq < ? ORDER BY seq DESC LIMIT ?');
  const unhandled = database.prepare(`
    SELECT m.*, (SELECT r.seq FROM messages r WHERE r.chat_jid = m.chat_jid AND r.id = m.reply_to_message_id) AS reply_seq
    FROM messages m WHERE m.chat_jid = ? AND m.seq > ? AND m.is_bot_message = 0 AND m.content <> ''
    ORDER BY m.seq DESC LIMIT ?`);
  const countUnhandled = database.prepare(`
    SELECT COUNT(*) AS count, COALESCE(MAX(seq), 0) AS newest FROM messages
    WHERE chat_jid = ? AND seq > ? AND is_bot_message = 0 AND content <> ''`);
  const eachUnhandled = database.prepare(
    "SELECT * FROM messages WHERE chat_jid = ? AND seq > ? AND is_bot_message = 0 AND content <> '' ORDER BY seq",
  );
  const newestSeq = database.prepare('SELECT COALESCE(MAX(seq), 0) FROM messages').pluck();
  const chatsSince = database.prepare(`
    SELECT chat_jid AS jid, MAX(seq) AS newest FROM messages WHERE seq > ? AND is_bot_message = 0 GROUP BY chat_jid`);
  const chatByJid = database.prepare('SELECT jid, name, last_message_time AS lastActivity FROM chats WHERE jid = ?');
  const groupChats = database.prepare(`
    SELECT jid, name, last_message_time AS lastActivity FROM chats
    WHERE is_group = 1 AND jid <> '__group_sync__' ORDER BY last_message_time DESC LIMIT ?`);

  return {
    /** Stores chat and message in one transaction. Returns the new message, or undefined when it was there already. */
    accept(chat: ChatInfo, message: InboundMessage): StoredMessage | undefined {
      return database.transaction(() => {
        const time = message.timestamp;
        upsertChat.run({ ...chat, name: chat.name ?? null, isGroup: Number(chat.isGroup), time });
        return this.insert(message, { isBotMessage: false });
      })();
    },
    /** Stores a message of a known chat; for callers that are in a transaction already. */
    insert(message: InboundMessage, kind: { isBotMessage: boolean }): StoredMessage | undefined {
      const result = insert.run({
        ...message,
        isFromMe: Number(message.isFromMe ?? false),
        isBot: Number(kind.isBotMessage),
        replyId: message.replyTo?.id ?? null,
        replyContent: message.replyTo?.content ?? null,
        replySender: message.replyTo?.senderName ?? null,
      });
      return result.changes === 0 ? undefined : toMessage(bySeq.get(result.lastInsertRowid) as Row);
    },
    /** Makes sure the chat exists, for groups that are registered before their first message. */
    ensureChat(chat: ChatInfo): void {
      upsertChat.run({ ...chat, name: chat.name ?? null, isGroup: Number(chat.isGroup), time: '' });
    },
    /** The message with this platform id. */
    find(chatJid: ChatJid, id: string): StoredMessage | undefined {
      const row = byId.get(chatJid, id) as Row | undefined;
      return row && toMessage(row);
    },
    /** Messages of a chat after `seq`, oldest first, the assistant's own included. */
    after(chatJid: ChatJid, seq: Seq, limit: number): StoredMessage[] {
      return (after.all(chatJid, seq, limit) as Row[]).map(toMessage);
    },
    /** The newest messages before `seq`, oldest first. */
    before(chatJid: ChatJid, seq: Seq, limit: number): StoredMessage[] {
      return (before.all(chatJid, seq, limit) as Row[]).map(toMessage).reverse();
    },
    /** What people wrote after `seq`: the newest `limit` of it in order, how much there is, and its highest seq. */
    unhandled(chatJid: ChatJid, seq: Seq, limit: number): { messages: StoredMessage[]; count: number; newest: Seq } {
      const { count, newest } = countUnhandled.get(chatJid, seq) as { count: number; newest: number };
      const messages = count === 0 ? [] : (unhandled.all(chatJid, seq, limit) as Row[]).map(toMessage).reverse();
      return { messages, count, newest };
    },
    /** Whether any message from people after `seq` passes the test; stops at the first that does. */
    someUnhandled(chatJid: ChatJid, seq: Seq, test: (message: StoredMessage) => boolean): boolean {
      for (const row of eachUnhandled.iterate(chatJid, seq)) if (test(toMessage(row as Row))) return true;
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

function toMessage(row: Row): StoredMessage {
  const reply = row.reply_to_message_id;
  return {
    seq: row.seq,
    id: row.id,
    chatJid: row.chat_jid as ChatJid,
    sender: row.sender ?? '',
    senderName: row.sender_name ?? row.sender ?? '',
    content: row.content ?? '',
    timestamp: row.timestamp ?? '',
    isFromMe: row.is_from_me === 1,
    isBotMessage: row.is_bot_message === 1,
    ...(reply === null ? {} : { replyTo: replyOf(reply, row) }),
    ...(row.reply_seq ? { replyToSeq: row.reply_seq } : {}),
  };
}

function replyOf(id: string, row: Row): { id: string; content?: string; senderName?: string } {
  return {
    id,
    ...(row.reply_to_message_content === null ? {} : { content: row.reply_to_message_content }),
    ...(row.reply_to_sender_name === null ? {} : { senderName: row.reply_to_sender_name }),
  };
}
