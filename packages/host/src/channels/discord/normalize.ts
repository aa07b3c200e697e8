import type { Attachment, ChatInfo, ChatJid, InboundMessage } from '../../messages/message.ts';
import { typeOfMime } from '../inbound-files.ts';
import type { DiscordAttachment, DiscordMessage, DiscordPress } from './wire.ts';

export interface NormalizeContext {
  /** The bot's user id, and the roles that Discord has made for it alone. */
  readonly botUser: string;
  readonly botRoles: ReadonlySet<string>;
  /** The word that wakes the agent of a chat. */
  readonly triggerOf: (chatJid: ChatJid) => string;
  /** The name of a channel, as far as it is known. */
  readonly channelName: (channel: string) => string | undefined;
}

export interface NormalizedMessage {
  readonly chat: ChatInfo;
  readonly message: InboundMessage;
  readonly files: readonly DiscordAttachment[];
}

/** Kinds of message that are written by people: ordinary ones and replies. All others are news about the channel. */
const WRITTEN = [0, 19];

/** Translates a message into the host's terms; undefined when it is nothing for the assistant. Pure. */
export function normalize(source: DiscordMessage, context: NormalizeContext): NormalizedMessage | undefined {
  const { author } = source;
  // Webhooks may call themselves anything.
  if (author.bot === true || source.webhook_id !== undefined || !WRITTEN.includes(source.type)) return undefined;
  const chatJid = chatJidOf(source.channel_id);
  const files = source.attachments ?? [];
  const attachments = files.map(attachmentOf);
  const content = contentOf(source, attachments, { ...context, chatJid });
  if (content === '') return undefined;
  const reply = source.referenced_message;
  const replyId = reply?.id ?? source.message_reference?.message_id;
  const message: InboundMessage = {
    id: source.id,
    chatJid,
    sender: `dc:${author.id}`,
    senderName: source.member?.nick ?? nameOf(author),
    content,
    timestamp: isoTime(source.timestamp),
    ...(replyId === undefined ? {} : { replyTo: { id: replyId, ...quoted(reply, context) } }),
    ...(attachments.length === 0 ? {} : { attachments }),
  };
  return { chat: chatOf(source, { ...context, personName: message.senderName }), message, files };
}

/** A press of a button is a message with the words of the button. */
export function normalizePress(press: DiscordPress, context: NormalizeContext): NormalizedMessage | undefined {
  const person = press.member?.user ?? press.user;
  const buttons = press.message.components?.flatMap(({ components = [] }) => components) ?? [];
  const content = buttons.find(({ custom_id: id }) => id === press.data.custom_id)?.label;
  if (person === undefined || content === undefined) return undefined;
  const senderName = press.member?.nick ?? nameOf(person);
  const message: InboundMessage = {
    id: `press:${press.id}`,
    chatJid: chatJidOf(press.channel_id),
    sender: `dc:${person.id}`,
    senderName,
    content,
    timestamp: timeOfSnowflake(press.id),
    replyTo: { id: press.message.id, content: press.message.content },
  };
  return { chat: chatOf(press, { ...context, personName: senderName }), message, files: [] };
}

/** A text as its sender wrote it: people, channels and emoji by their names. */
export function contentOf(
  source: Pick<DiscordMessage, 'content' | 'mentions' | 'mention_roles' | 'sticker_items' | 'poll'>,
  attachments: readonly Pick<Attachment, 'type' | 'name'>[],
  context: NormalizeContext & { chatJid: ChatJid },
): string {
  const names = new Map((source.mentions ?? []).map((user) => [user.id, nameOf(user)]));
  const isOwnRole = (role: string): boolean => context.botRoles.has(role);
  // A reply to the bot names it without a word in the text.
  const isNamed = names.has(context.botUser) || (source.mention_roles ?? []).some(isOwnRole);
  const text = source.content
    .replaceAll(/<@!?(\d+)>/g, (_, id: string) => (id === context.botUser ? '' : `@${names.get(id) ?? id}`))
    .replaceAll(/<@&(\d+)>/g, (whole, id: string) => (isOwnRole(id) ? '' : whole))
    .replaceAll(/<#(\d+)>/g, (_, id: string) => `#${context.channelName(id)?.split('#').at(-1) ?? id}`)
    .replaceAll(/<a?(:\w+:)\d+>/g, '$1');
  const labels = [
    ...attachments.map(({ type, name }) => `[${type}${name && `: ${name}`}]`),
    ...(source.sticker_items ?? []).map(({ name }) => `[sticker: ${name}]`),
    ...(source.poll === undefined ? [] : ['[poll]']),
  ];
  const said = isNamed ? text.trim() : text;
  const whole = [...labels, ...(said.trim() === '' ? [] : [said])].join(' ');
  return isNamed ? `${context.triggerOf(context.chatJid)} ${whole}` : whole;
}

export function chatJidOf(channel: string): ChatJid {
  return `dc:${channel}` as ChatJid;
}

/** A chat without a guild is a private one and is called by who is in it. */
function chatOf(
  source: { channel_id: string; guild_id?: string | undefined },
  { channelName, personName }: NormalizeContext & { personName: string },
): ChatInfo {
  const known = channelName(source.channel_id);
  const isGroup = source.guild_id !== undefined || known !== undefined;
  const name = isGroup ? known : personName;
  const named = name === undefined ? {} : { name };
  return { jid: chatJidOf(source.channel_id), channel: 'discord', isGroup, ...named };
}

function quoted(reply: DiscordMessage['referenced_message'], context: NormalizeContext) {
  if (reply === null || reply === undefined) return {};
  const senderName = reply.author.id === context.botUser ? {} : { senderName: nameOf(reply.author) };
  return { content: reply.content, ...senderName };
}

function attachmentOf(file: DiscordAttachment): Pick<Attachment, 'type' | 'name'> {
  return { type: file.waveform === undefined ? typeOfMime(file.content_type) : 'voice', name: file.filename };
}

function nameOf(user: { username: string; global_name?: string | null | undefined }): string {
  return user.global_name || user.username;
}

/** Ids begin with their time: milliseconds since 2015, above 22 other bits. */
const EPOCH_MS = 1_420_070_400_000;

function timeOfSnowflake(id: string): string {
  return new Date(Number(BigInt(id) >> 22n) + EPOCH_MS).toISOString();
}

/** The lowest id of a moment. */
export function snowflakeAt(moment: number): bigint {
  return BigInt(Math.max(0, Math.floor(moment) - EPOCH_MS)) << 22n;
}

export function isoTime(timestamp: string): string {
  const ms = Date.parse(timestamp);
  return new Date(Number.isNaN(ms) ? 0 : ms).toISOString();
}
