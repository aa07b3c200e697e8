import type { Attachment, ChatInfo, ChatJid, InboundMessage } from '../../messages/message.ts';
import type { TelegramMessage, TelegramUpdate } from './wire.ts';

/** What the host is told of one update. */
export type Normalized =
  | { kind: 'message'; chat: ChatInfo; message: InboundMessage; files: readonly FileToFetch[] }
  | { kind: 'edited'; chatJid: ChatJid; id: string; content: string; at: string }
  /** Nothing for the assistant: a service message, a bot, a kind nobody asked for. */
  | { kind: 'nothing' };

/** A file of a message: the attachment with this number, and the id by which Telegram gives it. */
export interface FileToFetch {
  readonly index: number;
  readonly fileId: string;
  readonly name: string;
}

export interface NormalizeContext {
  /** The bot's own name without "@". */
  readonly botName: string;
  /** The word that wakes the agent of a chat. */
  readonly triggerOf: (chatJid: ChatJid) => string;
}

/** Translates an update into the host's terms. Pure; what is missing in the update is left out, never made up. */
export function normalize(update: TelegramUpdate, context: NormalizeContext): Normalized {
  const source = update.message ?? update.edited_message;
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
  return { kind: 'message', chat: chatOf(source), message, files };
}

export function chatJidOf(chatId: number): ChatJid {
  return `tg:${chatId}` as ChatJid;
}

function chatOf({ chat }: TelegramMessage): ChatInfo {
  const name = chat.title ?? fullName(chat);
  const isGroup = chat.type !== 'private';
  return { jid: chatJidOf(chat.id), channel: 'telegram', isGroup, ...(name === '' ? {} : { name }) };
}

function messageOf(
  source: TelegramMessage,
  known: { chatJid: ChatJid; content: string; attachments: Attachment[] },
): InboundMessage {
  const { from, reply_to_message: reply } = source;
  const { chatJid, content, attachments } = known;
  return {
    id: String(source.message_id),
    chatJid,
    sender: `tg:${from?.id}`,
    senderName: from ? fullName(from) || from.username || String(from.id) : '',
    content,
    timestamp: isoTime(source.date),
    ...(reply ? { replyTo: replyOf(reply) } : {}),
    ...(attachments.length === 0 ? {} : { attachments }),
  };
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

/** A text in which the bot is named counts as called: the group's own trigger is put in front (as v1 did). */
function contentOf(
  source: TelegramMessage,
  attachments: readonly Attachment[],
  context: NormalizeContext & { chatJid: ChatJid },
): string {
  const text = source.text ?? source.caption ?? '';
  const entities = source.entities ?? source.caption_entities ?? [];
  const mention = `@${context.botName}`.toLowerCase();
  const isNamed = entities.some(
    ({ type, offset, length }) => type === 'mention' && text.slice(offset, offset + length).toLowerCase() === mention,
  );
  const labels = attachments.map(({ type, name }) => (name === '' ? `[${type}]` : `[${type}: ${name}]`));
  const whole = [...labels, ...otherLabels(source), ...(text === '' ? [] : [text])].join(' ');
  return isNamed ? `${context.triggerOf(context.chatJid)} ${whole}` : whole;
}

interface FoundFile extends Pick<Attachment, 'type' | 'name'> {
  readonly fileId?: string | undefined;
}

type TelegramFile = NonNullable<TelegramMessage['document']>;

function attachmentsOf(source: TelegramMessage): FoundFile[] {
  const found: FoundFile[] = [];
  const add = (type: Attachment['type'], file: TelegramFile | undefined): void => {
    if (file !== undefined) found.push({ type, name: file.file_name ?? '', fileId: file.file_id });
  };
  add('image', source.photo?.at(-1));
  add('video', source.video ?? source.video_note);
  add('voice', source.voice);
  add('audio', source.audio);
  if (source.sticker) found.push({ type: 'sticker', name: source.sticker.emoji ?? '' });
  // Telegram sends an animation as a document, too, for old clients.
  if (source.animation !== undefined) add('video', source.animation);
  else add('document', source.document);
  return found;
}

function otherLabels(source: TelegramMessage): string[] {
  return (['location', 'contact', 'poll'] as const).flatMap((kind) =>
    source[kind] === undefined ? [] : [`[${kind}]`],
  );
}

function fullName(person: { first_name?: string | undefined; last_name?: string | undefined }): string {
  return [person.first_name, person.last_name].filter((name) => name !== undefined && name !== '').join(' ');
}

function isoTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
