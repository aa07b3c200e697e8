import type { proto } from '@whiskeysockets/baileys';
import type { Attachment, ChatInfo, ChatJid, InboundMessage } from '../../messages/message.ts';
import { type Content, contentOf, type MediaFile, unwrap } from './content.ts';
import type { ReceivedMessage } from './journal.ts';

/** What the host is told of one message. */
export type Normalized =
  | { kind: 'message'; chat: ChatInfo; message: InboundMessage; file: MediaFile | undefined }
  | { kind: 'edited'; chatJid: ChatJid; id: string; content: string; at: string }
  | { kind: 'deleted'; chatJid: ChatJid; id: string; at: string }
  | { kind: 'nothing' };

export interface NormalizeContext {
  /** The account's own users: of its phone number and of its other address. */
  readonly me: { readonly number: string; readonly lid: string };
  readonly assistantName: string;
  /** The account is the assistant's: whatever it says is the assistant's own. */
  readonly hasOwnNumber: boolean;
  readonly triggerOf: (chatJid: ChatJid) => string;
  readonly groupName: (jid: string) => string | undefined;
  /** The phone number's jid of somebody who is known by their other address. */
  readonly numberOf: (lid: string) => string | undefined;
}

/** What this phone's own words begin with where it shares its number with its owner. */
export function ownPrefix(assistantName: string): string {
  return `${assistantName}: `;
}

/** Translates an opened message into the host's terms. Pure; what is missing is left out, never made up. */
export function normalize(
  { key, at, pushName }: Omit<ReceivedMessage, 'message'>,
  wrapped: proto.IMessage,
  context: NormalizeContext,
): Normalized {
  const chatJid = chatJidOf(key, context);
  if (chatJid === undefined || !key.id) return { kind: 'nothing' };
  const isFromMe = key.fromMe ?? false;
  if (isFromMe && context.hasOwnNumber) return { kind: 'nothing' };
  const message = unwrap(wrapped);
  const time = isoTime(at);
  const { protocolMessage } = message;
  if (protocolMessage) return changeOf(protocolMessage, { chatJid, time, context });
  const content = contentOf(message);
  if (content === undefined) return { kind: 'nothing' };
  if (isFromMe && content.text.startsWith(ownPrefix(context.assistantName))) return { kind: 'nothing' };
  const sender = isFromMe ? `${context.me.number}@s.whatsapp.net` : senderOf(key, chatJid, context);
  const reply = replyOf(content, context);
  const attachments = attachmentsOf(content);
  return {
    kind: 'message',
    chat: chatOf(chatJid, { pushName: isFromMe ? null : pushName, context }),
    message: {
      id: key.id,
      chatJid,
      sender,
      senderName: pushName || userOf(sender),
      content: wordsOf(content, { chatJid, context }),
      timestamp: time,
      ...(isFromMe ? { isFromMe } : {}),
      ...(reply ? { replyTo: reply } : {}),
      ...(attachments.length === 0 ? {} : { attachments }),
    },
    file: content.attachment?.file,
  };
}

/** Only private chats and groups; not what people show to all the world. */
function chatJidOf(key: ReceivedMessage['key'], { numberOf }: NormalizeContext): ChatJid | undefined {
  const { remoteJid, remoteJidAlt } = key;
  if (!remoteJid) return undefined;
  if (remoteJid.endsWith('@g.us')) return remoteJid as ChatJid;
  return privateJid(remoteJid, remoteJidAlt, numberOf);
}

/** A phone number's jid where it is known; WhatsApp hides some, and those have another address that stays the same. */
function privateJid(
  jid: string,
  other: string | undefined,
  numberOf: NormalizeContext['numberOf'],
): ChatJid | undefined {
  const known = [jid, other].find((each) => each?.endsWith('@s.whatsapp.net'));
  if (known !== undefined) return `${userOf(known)}@s.whatsapp.net` as ChatJid;
  if (!jid.endsWith('@lid')) return undefined;
  const lid = `${userOf(jid)}@lid`;
  return (numberOf(lid) ?? lid) as ChatJid;
}

function senderOf(key: ReceivedMessage['key'], chatJid: ChatJid, { numberOf }: NormalizeContext): string {
  if (!key.participant) return chatJid;
  return privateJid(key.participant, key.participantAlt, numberOf) ?? key.participant;
}

function chatOf(jid: ChatJid, { pushName, context }: { pushName: string | null; context: NormalizeContext }): ChatInfo {
  const isGroup = jid.endsWith('@g.us');
  const name = isGroup ? context.groupName(jid) : pushName;
  return { jid, channel: 'whatsapp', isGroup, ...(name ? { name } : {}) };
}

/** Where the account is mentioned, its name is the group's own trigger: at the start it is one in place, else one is put in front. */
function wordsOf(content: Content, { chatJid, context }: { chatJid: ChatJid; context: NormalizeContext }): string {
  const { attachment, labels } = content;
  const { me } = context;
  const mentioned = (content.context?.mentionedJid ?? []).map(userOf);
  const mine = [me.lid, me.number].filter((user) => user !== '' && mentioned.includes(user));
  const trigger = context.triggerOf(chatJid);
  const text = mine.reduce((words, user) => words.replaceAll(`@${user}`, trigger), content.text);
  const label =
    attachment && (attachment.name === '' ? `[${attachment.type}]` : `[${attachment.type}: ${attachment.name}]`);
  const parts = [...(label === undefined ? [] : [label]), ...labels, ...(text === '' ? [] : [text])];
  const whole = parts.join(' ');
  return mine.length === 0 || whole.startsWith(trigger) ? whole : `${trigger} ${whole}`;
}

function attachmentsOf({ attachment }: Content): Attachment[] {
  return attachment === undefined ? [] : [{ type: attachment.type, name: attachment.name }];
}

function replyOf({ context }: Content, known: NormalizeContext): InboundMessage['replyTo'] {
  if (!context?.stanzaId) return undefined;
  const quoted = context.quotedMessage ? contentOf(unwrap(context.quotedMessage)) : undefined;
  const by = userOf(context.participant ?? '');
  const isMine = by !== '' && [known.me.number, known.me.lid].includes(by);
  return {
    id: context.stanzaId,
    ...(quoted === undefined ? {} : { content: quoted.text || quoted.labels.join(' ') }),
    ...(isMine && known.hasOwnNumber ? { senderName: known.assistantName } : {}),
  };
}

function changeOf(
  { key, type, editedMessage }: proto.Message.IProtocolMessage,
  { chatJid, time, context }: { chatJid: ChatJid; time: string; context: NormalizeContext },
): Normalized {
  if (!key?.id) return { kind: 'nothing' };
  // REVOKE; the other one that comes here is MESSAGE_EDIT.
  if (type === 0) return { kind: 'deleted', chatJid, id: key.id, at: time };
  const content = editedMessage ? contentOf(unwrap(editedMessage)) : undefined;
  if (content === undefined) return { kind: 'nothing' };
  return { kind: 'edited', chatJid, id: key.id, content: wordsOf(content, { chatJid, context }), at: time };
}

/** The part of a jid that names somebody, without their device. */
export function userOf(jid: string): string {
  return jid.split(/[:@]/)[0] ?? '';
}

function isoTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
