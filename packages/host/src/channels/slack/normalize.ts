import type { Attachment, ChatInfo, ChatJid, InboundMessage } from '../../messages/message.ts';
import { typeOfMime } from '../inbound-files.ts';
import { readSlackText } from './read-text.ts';
import type { SlackEvent, SlackFile, SlackPress } from './wire.ts';

/** What the host is told of one event. */
export type Normalized =
  | { kind: 'message'; chat: ChatInfo; message: InboundMessage; files: readonly SlackFile[] }
  | { kind: 'edited'; chatJid: ChatJid; id: string; content: string; at: string }
  | { kind: 'deleted'; chatJid: ChatJid; id: string; at: string }
  /** Nothing for the assistant: a service message, a bot, a kind nobody asked for. */
  | { kind: 'nothing' };

export interface NormalizeContext {
  readonly botUser: string;
  /** The word that wakes the agent of a chat. */
  readonly triggerOf: (chatJid: ChatJid) => string;
  readonly nameOf: (user: string) => string;
  readonly channelName: string | undefined;
}

/** Subtypes that are written by people; all others are news about the channel. */
const WRITTEN: readonly (string | undefined)[] = [undefined, 'file_share', 'thread_broadcast', 'me_message'];

/** Translates an event into the host's terms. Pure; what is missing in the event is left out, never made up. */
export function normalize(event: SlackEvent, context: NormalizeContext): Normalized {
  const chatJid = chatJidOf(event.channel);
  if (event.subtype === 'message_changed') {
    const changed = event.message;
    // Slack changes messages by itself, too, when it shows what a link leads to.
    if (changed?.edited === undefined || !isOfPerson(changed, context)) return { kind: 'nothing' };
    const content = contentOf(changed, { ...context, chatJid });
    return { kind: 'edited', chatJid, id: changed.ts, content, at: isoTime(changed.edited.ts) };
  }
  if (event.subtype === 'message_deleted' && event.deleted_ts !== undefined) {
    return { kind: 'deleted', chatJid, id: event.deleted_ts, at: isoTime(event.ts) };
  }
  if (!WRITTEN.includes(event.subtype) || !isOfPerson(event, context)) return { kind: 'nothing' };
  const content = contentOf(event, { ...context, chatJid });
  if (content === '') return { kind: 'nothing' };
  const files = event.files ?? [];
  const { user = '', ts, thread_ts: thread = ts } = event;
  const known = { id: ts, chatJid, sender: `slack:${user}`, senderName: context.nameOf(user), content };
  const message: InboundMessage = {
    ...known,
    timestamp: isoTime(ts),
    ...(thread === ts ? {} : { thread, replyTo: { id: thread } }),
    ...(files.length === 0 ? {} : { attachments: files.map(attachmentOf) }),
  };
  return { kind: 'message', chat: chatOf(event.channel, context), message, files };
}

/** A press of a button is a message with the words of the button. */
export function normalizePress(press: SlackPress, context: NormalizeContext): Extract<Normalized, { kind: 'message' }> {
  const { user, channel, message: question } = press;
  const [{ value, action_ts }] = press.actions as [SlackPress['actions'][number]];
  const message: InboundMessage = {
    id: `press:${question.ts}:${action_ts}`,
    chatJid: chatJidOf(channel.id),
    sender: `slack:${user.id}`,
    senderName: context.nameOf(user.id),
    content: value,
    timestamp: isoTime(action_ts),
    replyTo: { id: question.ts, ...(question.text === undefined ? {} : { content: question.text }) },
    ...(question.thread_ts === undefined || question.thread_ts === question.ts ? {} : { thread: question.thread_ts }),
  };
  return { kind: 'message', chat: chatOf(channel.id, context), message, files: [] };
}

export function chatJidOf(channel: string): ChatJid {
  return `slack:${channel}` as ChatJid;
}

export function isPrivateChat(channel: string): boolean {
  return channel.startsWith('D');
}

function chatOf(channel: string, { channelName }: NormalizeContext): ChatInfo {
  const name = channelName === undefined ? {} : { name: channelName };
  return { jid: chatJidOf(channel), channel: 'slack', isGroup: !isPrivateChat(channel), ...name };
}

function isOfPerson(
  said: { user?: string | undefined; bot_id?: string | undefined },
  context: NormalizeContext,
): boolean {
  return said.bot_id === undefined && said.user !== undefined && said.user !== context.botUser;
}

/** A text in which the bot is named counts as called: the group's own trigger is put in front, in place of the name. */
function contentOf(
  said: { text?: string | undefined; files?: SlackFile[] | undefined },
  context: NormalizeContext & { chatJid: ChatJid },
): string {
  const mention = `<@${context.botUser}>`;
  const raw = said.text ?? '';
  const text = readSlackText(raw.replaceAll(mention, ' '), context.nameOf);
  const labels = (said.files ?? []).map(attachmentOf).map(({ type, name }) => `[${type}${name && `: ${name}`}]`);
  const whole = [...labels, ...(text.trim() === '' ? [] : [raw.includes(mention) ? text.trim() : text])].join(' ');
  return raw.includes(mention) ? `${context.triggerOf(context.chatJid)} ${whole}` : whole;
}

function attachmentOf(file: SlackFile): Pick<Attachment, 'type' | 'name'> {
  const type = file.subtype === 'slack_audio' ? 'voice' : typeOfMime(file.mimetype);
  return { type, name: file.name ?? '' };
}

function isoTime(ts: string): string {
  const ms = Number(ts) * 1000;
  return new Date(Number.isFinite(ms) ? Math.floor(ms) : 0).toISOString();
}
