import type { Attachment, ChatInfo, ChatJid, InboundMessage } from '../../messages/message.ts';
import { triggerPattern } from '../../messages/trigger.ts';
import { attachmentsOf, labelsOf } from './attachments.ts';
import type { CallbackQuery, TelegramMessage, TelegramUpdate } from './wire.ts';

/** What the host is told of one update. */
export type Normalized =
  | { kind: 'message'; chat: ChatInfo; message: InboundMessage; files: readonly FileToFetch[] }
  | { kind: 'edited'; chatJid: ChatJid; id: string; content: string; at: string }
  | { kind: 'pressed'; chat: ChatInfo; message: InboundMessage; press: Press }
  /** The chat exists, or has another name. */
  | { kind: 'chat'; chat: ChatInfo }
  /** The group is another chat from now on. */
  | { kind: 'moved'; from: ChatJid; to: ChatJid }
  /** Nothing for the assistant: a service message, a bot, a kind nobody asked for. */
  | { kind: 'nothing' };

/** A button that was pressed, for the answer to it. */
export interface Press {
  readonly id: string;
  readonly messageId: string;
}

/** A file of a message: the attachment with this number, and the id by which Telegram gives it. */
export interface FileToFetch {
  readonly index: number;
  readonly fileId: string;
  readonly name: string;
}

export interface NormalizeContext {
  readonly bot: { readonly id: number /** Without "@". */; readonly name: string };
  /** The word that wakes the agent of a chat. */
  readonly triggerOf: (chatJid: ChatJid) => string;
  /** When a button was pressed, which Telegram does not say; milliseconds since the epoch. */
  readonly now: number;
}

/** Translates an update into the host's terms. Pure; what is missing in the update is left out, never made up. */
export function normalize(update: TelegramUpdate, context: NormalizeContext): Normalized {
  if (update.callback_query !== undefined) return pressed(update.callback_query, context);
  if (update.my_chat_member !== undefined) return membership(update.my_chat_member);
  const source = update.message ?? update.edited_message;
  if (source?.migrate_to_chat_id !== undefined) {
    return { kind: 'moved', from: chatJidOf(source.chat.id), to: chatJidOf(source.migrate_to_chat_id) };
  }
  if (source?.new_chat_title !== undefined) return { kind: 'chat', chat: chatOf(source.chat) };
  if (source === undefined || source.from === undefined || source.from.is_bot) return { kind: 'nothing' };
  const chatJid = chatJidOf(source.chat.id);
  const found = attachmentsOf(source);
  const attachments = found.map(({ type, name }) => ({ type, name }));
  const content = contentOf(source, attachments, { ...context, chatJid });
  if (content === '' && attachments.length === 0) return { kind: 'nothing' };
  if (update.edited_message) {
    const at = isoTime(source.edit_date ?? source.date);
    return { kind: 'edited', chatJid, id: String(source.message_id), content, at };
  }
  const files = found.flatMap(({ fileId, name, type }, index) =>
    fileId === undefined ? [] : [{ index, fileId, name: name === '' ? type : name }],
  );
  const message = messageOf(source, { chatJid, content, attachments });
  return { kind: 'message', chat: chatOf(source.chat), message, files };
}

export function chatJidOf(chatId: number): ChatJid {
  return `tg:${chatId}` as ChatJid;
}

/** A choice that somebody has made by a button, as if it were written by hand. */
function pressed({ id, from, data, message }: CallbackQuery, { now }: NormalizeContext): Normalized {
  const label = message?.reply_markup?.inline_keyboard.flat().find((button) => button.callback_data === data)?.text;
  if (message === undefined || label === undefined || from.is_bot) return { kind: 'nothing' };
  const timestamp = new Date(now).toISOString();
  const known = { id: `press-${id}`, content: label, timestamp, replyTo: replyOf(message) };
  const choice = { ...known, chatJid: chatJidOf(message.chat.id), ...senderOf(from), ...threadOf(message) };
  const press = { id, messageId: String(message.message_id) };
  return { kind: 'pressed', chat: chatOf(message.chat), message: choice, press };
}

function membership({ chat, new_chat_member: member }: NonNullable<TelegramUpdate['my_chat_member']>): Normalized {
  const isThere = !['left', 'kicked'].includes(member.status);
  return isThere && chat.type !== 'private' ? { kind: 'chat', chat: chatOf(chat) } : { kind: 'nothing' };
}

function chatOf(chat: TelegramMessage['chat']): ChatInfo {
  const name = chat.title ?? fullName(chat);
  const isGroup = chat.type !== 'private';
  return { jid: chatJidOf(chat.id), channel: 'telegram', isGroup, ...(name === '' ? {} : { name }) };
}

function messageOf(
  source: TelegramMessage,
  known: { chatJid: ChatJid; content: string; attachments: Attachment[] },
): InboundMessage {
  const { chatJid, content, attachments } = known;
  const reply = repliedTo(source);
  return {
    id: String(source.message_id),
    chatJid,
    ...senderOf(source.from),
    content,
    timestamp: isoTime(source.date),
    ...threadOf(source),
    ...(reply ? { replyTo: replyOf(reply) } : {}),
    ...(attachments.length === 0 ? {} : { attachments }),
  };
}

function senderOf(from: TelegramMessage['from']): Pick<InboundMessage, 'sender' | 'senderName'> {
  return { sender: `tg:${from?.id}`, senderName: from ? fullName(from) || from.username || String(from.id) : '' };
}

/** The topic of a forum. Groups without topics number the replies below a message in the same field. */
function threadOf(source: Pick<TelegramMessage, 'message_thread_id' | 'is_topic_message'>): { thread?: string } {
  const { message_thread_id: id, is_topic_message: isTopic } = source;
  return isTopic === true && id !== undefined ? { thread: String(id) } : {};
}

/** What somebody has chosen to reply to: not the head of the topic, to which all messages of a topic reply. */
function repliedTo(source: TelegramMessage): TelegramMessage['reply_to_message'] {
  const reply = source.reply_to_message;
  return reply === undefined || reply.forum_topic_created !== undefined ? undefined : reply;
}

function replyOf(reply: NonNullable<TelegramMessage['reply_to_message']>): NonNullable<InboundMessage['replyTo']> {
  const content = reply.text ?? reply.caption;
  const senderName = reply.from ? fullName(reply.from) || reply.from.username : undefined;
  return {
    id: String(reply.message_id),
    ...(content === undefined ? {} : { content }),
    ...(senderName === undefined ? {} : { senderName }),
  };
}

/**
 * A message that names the bot, or replies to what the bot has said, counts as called: the group's own trigger is put in
 * front (as v1 did).
 */
function contentOf(
  source: TelegramMessage,
  attachments: readonly Attachment[],
  context: NormalizeContext & { chatJid: ChatJid },
): string {
  const text = source.text ?? source.caption ?? '';
  const whole = [...labelsOf(source, attachments), ...(text === '' ? [] : [text])].join(' ');
  const trigger = context.triggerOf(context.chatJid);
  const isCalled = isNamed(source, text, context) || repliedTo(source)?.from?.id === context.bot.id;
  return isCalled && whole !== '' && !triggerPattern(trigger).test(whole) ? `${trigger} ${whole}` : whole;
}

/** By its user name, or by a link to it. Telegram says where names are; words that only look like one are none. */
function isNamed(source: TelegramMessage, text: string, { bot }: NormalizeContext): boolean {
  const entities = source.entities ?? source.caption_entities ?? [];
  const mention = `@${bot.name}`.toLowerCase();
  return entities.some(({ type, offset, length, user }) =>
    type === 'text_mention'
      ? user?.id === bot.id
      : type === 'mention' && text.slice(offset, offset + length).toLowerCase() === mention,
  );
}

function fullName(person: { first_name?: string | undefined; last_name?: string | undefined }): string {
  return [person.first_name, person.last_name].filter((name) => name !== undefined && name !== '').join(' ');
}

function isoTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
