import type { Attachment, ChatJid, StoredMessage } from './message.ts';

/** A row of `messages` with the names of its columns. */
export interface MessageRow {
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
  edited_at: string | null;
  deleted_at: string | null;
  attachments: string | null;
  thread: string | null;
  is_command: number;
  is_from_team: number;
  /** Only where a statement looks it up. */
  reply_seq?: number | null;
}

export function toMessage(row: MessageRow): StoredMessage {
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
    isCommand: row.is_command === 1,
    isFromTeam: row.is_from_team === 1,
    ...(row.edited_at === null ? {} : { editedAt: row.edited_at }),
    ...(row.deleted_at === null ? {} : { deletedAt: row.deleted_at }),
    ...(row.attachments === null ? {} : { attachments: JSON.parse(row.attachments) as Attachment[] }),
    ...(row.thread === null ? {} : { thread: row.thread }),
    ...(reply === null ? {} : { replyTo: replyOf(reply, row) }),
    ...(row.reply_seq ? { replyToSeq: row.reply_seq } : {}),
  };
}

function replyOf(id: string, row: MessageRow): { id: string; content?: string; senderName?: string } {
  return {
    id,
    ...(row.reply_to_message_content === null ? {} : { content: row.reply_to_message_content }),
    ...(row.reply_to_sender_name === null ? {} : { senderName: row.reply_to_sender_name }),
  };
}
