import type { Database } from '../store/open-store.ts';
import type { ChatInfo, ChatJid, InboundMessage, StoredMessage } from './message.ts';
import { type MessageRow, toMessage } from './message-row.ts';

/** What is known of a message beside what it says. */
export interface MessageUse {
  /** The host has carried it out. */
  readonly isCommand?: boolean;
  /** An agent has got it as the answer to its question. */
  readonly isReplyToQuestion?: boolean;
  /** Between a teammate and its lead. */
  readonly isFromTeam?: boolean;
}

/** What is written about messages and chats. Every write is idempotent on (chat, platform message id). */
export function createMessageWrites(database: Database) {
  const upsertChat = database.prepare(`
    INSERT INTO chats (jid, name, last_message_time, channel, is_group) VALUES (@jid, COALESCE(@name, @jid), @time, @channel, @isGroup)
    ON CONFLICT (jid) DO UPDATE SET name = COALESCE(@name, name), channel = COALESCE(channel, @channel),
      last_message_time = MAX(COALESCE(last_message_time, ''), @time), is_group = MAX(COALESCE(is_group, 0), @isGroup)`);
  const insert = database.prepare(`
    INSERT INTO messages (id, chat_jid, sender, sender_name, content, timestamp, is_from_me, is_bot_message,
      reply_to_message_id, reply_to_message_content, reply_to_sender_name, attachments, is_command, is_reply_to_question,
      is_from_team, thread)
    VALUES (@id, @chatJid, @sender, @senderName, @content, @timestamp, @isFromMe, @isBot, @replyId, @replyContent,
      @replySender, @attachments, @isCommand, @isReply, @isFromTeam, @thread)
    ON CONFLICT (chat_jid, id) DO NOTHING RETURNING *`);
  const edit = database.prepare(
    `UPDATE messages SET content = @content, edited_at = @at
    WHERE chat_jid = @chatJid AND id = @id AND is_bot_message = 0`,
  );
  const markDeleted = database.prepare('UPDATE messages SET deleted_at = @at WHERE chat_jid = @chatJid AND id = @id');
  const byId = database.prepare('SELECT * FROM messages WHERE chat_jid = ? AND id = ?');

  function store(
    message: InboundMessage,
    kind: { from: 'person' | 'assistant' } & MessageUse,
  ): StoredMessage | undefined {
    const row = insert.get({
      ...message,
      isFromMe: Number(message.isFromMe ?? false),
      isBot: Number(kind.from === 'assistant'),
      isCommand: Number(kind.isCommand ?? false),
      isReply: Number(kind.isReplyToQuestion ?? false),
      isFromTeam: Number(kind.isFromTeam ?? false),
      attachments: message.attachments?.length ? JSON.stringify(message.attachments) : null,
      thread: message.thread ?? null,
      replyId: message.replyTo?.id ?? null,
      replyContent: message.replyTo?.content ?? null,
      replySender: message.replyTo?.senderName ?? null,
    });
    return row === undefined ? undefined : toMessage(row as MessageRow);
  }

  /** Made once: making a transaction takes as long as a statement. */
  const storeBoth = database.transaction((chat: ChatInfo, message: InboundMessage, use: MessageUse) => {
    upsertChat.run({ ...chat, name: chat.name ?? null, isGroup: Number(chat.isGroup), time: message.timestamp });
    return store(message, { from: 'person', ...use });
  });

  return {
    /** Stores chat and message in one transaction. Returns the new message, or undefined when it was there already. */
    accept(chat: ChatInfo, message: InboundMessage, use: MessageUse = {}): StoredMessage | undefined {
      return storeBoth(chat, message, use);
    },
    /** Stores a message of a known chat; for callers that are in a transaction already. */
    insert: store,
    /** Replaces the text of a known message of a person. Gives it as it is now. */
    edit(chatJid: ChatJid, id: string, change: { content: string; at: string }): StoredMessage | undefined {
      return edit.run({ chatJid, id, ...change }).changes === 0
        ? undefined
        : toMessage(byId.get(chatJid, id) as MessageRow);
    },
    /** Marks a message as deleted by its sender; agents are not shown it any more. False when it is not known. */
    markDeleted: (chatJid: ChatJid, id: string, at: string) => markDeleted.run({ chatJid, id, at }).changes > 0,
    /** Makes sure that the chat is known, with its name and the time of its last message (ISO 8601) and nothing of it. */
    ensureChat(chat: ChatInfo, lastMessageAt = ''): void {
      upsertChat.run({ ...chat, name: chat.name ?? null, isGroup: Number(chat.isGroup), time: lastMessageAt });
    },
  };
}
