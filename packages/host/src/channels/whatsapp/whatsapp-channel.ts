import type { Agent } from 'node:https';
import type { AnyMessageContent } from '@whiskeysockets/baileys';
import type { Clock } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import type { ChatJid, StoredMessage } from '../../messages/message.ts';
import type { Channel, ChannelCondition, Inbox, OutgoingFile, OutgoingReaction, OutgoingText } from '../channel.ts';
import type { Linking, LinkWish } from '../linking.ts';
import { splitText } from '../split-text.ts';
import { ownsWhatsApp } from './absent-channel.ts';
import type { AuthStore } from './auth-store.ts';
import { type Connection, startConnection } from './connection.ts';
import { formatWhatsApp } from './format.ts';
import { createGroupCache, type GroupCache } from './groups.ts';
import { startIntake } from './intake.ts';
import type { ReceivedMessage } from './journal.ts';
import type { WhatsAppLibrary, WhatsAppSocket } from './library.ts';
import { mediaRootOf } from './media.ts';
import { messageIdOf } from './message-id.ts';
import { type NormalizeContext, ownPrefix, userOf } from './normalize.ts';
import { createSender, type WhatsAppMessage } from './send.ts';

/** Longest text of one message, in UTF-16 code units: far below what WhatsApp takes, as long as people like to read. */
export const MAX_WHATSAPP_CHARS = 4_000;

export interface WhatsAppDeps {
  readonly library: WhatsAppLibrary;
  readonly store: AuthStore;
  /** Where WhatsApp is, when it is not WhatsApp's own. */
  readonly url: string | undefined;
  readonly uploadAgent?: Agent;
  readonly hasOwnNumber: boolean;
  readonly assistantName: string;
  readonly inbox: Inbox;
  readonly triggerOf: (chatJid: ChatJid) => string;
  /** A message of the chat's history, for reactions to it. */
  readonly findMessage: (chatJid: ChatJid, id: string) => StoredMessage | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}

/** The channel, and what its owner needs for linking it to a phone. */
export interface WhatsAppChannel extends Channel {
  linking(): Linking;
  link(wish: LinkWish): void;
}

/** Chats of a WhatsApp account, as one of its linked devices. Connects by itself, for as long as it takes. */
export function createWhatsAppChannel(deps: WhatsAppDeps): WhatsAppChannel {
  const { library, store, inbox, log, clock } = deps;
  const groups = createGroupCache(deps);
  let problem: string | undefined;
  const intake = startIntake({
    ...{ library, store, inbox, clock, log },
    context: () => contextOf(deps, { connection, groups }),
    mediaRoot: mediaRootOf(deps.url),
    onStored: (key) => void acknowledge(deps, connection, key),
    onProblem: (now) => (problem = now),
  });
  const connection: Connection = startConnection({
    ...deps,
    uploadAgent: deps.uploadAgent,
    groups,
    onWritten: intake.wake,
    onOpen: (socket) => void greet(deps, socket, groups),
  });
  intake.wake();
  const send = createSender({ library, store, clock, opening: connection.opening });

  return {
    name: 'whatsapp',
    // Everybody's app shows a message once whose id is the same.
    doubt: 'repeatable',
    owns: ownsWhatsApp,
    condition: () => conditionOf(connection, problem),
    linking: connection.linking,
    link: connection.link,
    split: (text) => splitText(text, MAX_WHATSAPP_CHARS),
    send: (message) => send({ ...addressed(deps, message), content: { text: wordsOf(deps, message) } }),
    sendFile: (file) => send({ ...addressed(deps, file), content: fileContent(deps, file) }),
    react: (reaction) => send(reactionTo(deps, reaction)),
    async setTyping(chatJid, isTyping) {
      const session = await connection.opening();
      await session?.socket.sendPresenceUpdate(isTyping ? 'composing' : 'paused', chatJid).catch(() => undefined);
    },
    async stop() {
      await connection.stop();
      await intake.stop();
      store.close();
    },
  };
}

function conditionOf(connection: Connection, problem: string | undefined): ChannelCondition {
  const condition = connection.condition();
  return condition.phase === 'connected' && problem !== undefined ? { phase: 'down', reason: problem } : condition;
}

function contextOf(
  { hasOwnNumber, assistantName, triggerOf, store }: WhatsAppDeps,
  known: { connection: Connection; groups: GroupCache },
): NormalizeContext {
  const user = known.connection.user();
  return {
    me: { number: userOf(user?.id ?? ''), lid: userOf(user?.lid ?? '') },
    ...{ hasOwnNumber, assistantName, triggerOf },
    groupName: known.groups.nameOf,
    numberOf: (lid) => numberOf(store, lid),
  };
}

/** The library writes down which two addresses are of one person. */
function numberOf(store: AuthStore, lid: string): string | undefined {
  const number = store.find('lid-mapping', `${userOf(lid)}_reverse`);
  return number === undefined ? undefined : `${String(JSON.parse(number))}@s.whatsapp.net`;
}

/** After each connecting: typing is only shown of who is online, and who shares a number must not take its owner's notifications. */
async function greet({ hasOwnNumber }: WhatsAppDeps, socket: WhatsAppSocket, groups: GroupCache): Promise<void> {
  if (hasOwnNumber) await socket.sendPresenceUpdate('available').catch(() => undefined);
  await groups.load(socket);
}

/** Two blue ticks; not in the owner's own account, where they would hide from the owner what is unread. */
async function acknowledge(
  { hasOwnNumber }: WhatsAppDeps,
  connection: Connection,
  key: ReceivedMessage['key'],
): Promise<void> {
  if (hasOwnNumber)
    await connection
      .open()
      ?.socket.readMessages([key])
      .catch(() => undefined);
}

/** Where the account is its owner's, each part begins with whose words they are. */
function wordsOf({ hasOwnNumber, assistantName }: WhatsAppDeps, { text, sender, part }: OutgoingText): string {
  const named = sender === null || part > 0 ? text : `${sender}: ${text}`;
  return `${hasOwnNumber ? '' : ownPrefix(assistantName)}${formatWhatsApp(named)}`;
}

function fileContent(deps: WhatsAppDeps, file: OutgoingFile): AnyMessageContent {
  const { path: url, mime: mimetype, name: fileName, caption } = file;
  const words = caption === '' && deps.hasOwnNumber ? {} : { caption: wordsOf(deps, { ...file, text: caption }) };
  // A picture that moves is a picture no more where it is sent as one. Its preview is left out: the library would open what an
  // agent has made with a decoder of its own, in this process.
  const jpegThumbnail = '';
  if (['image/png', 'image/jpeg', 'image/webp'].includes(mimetype)) {
    return { image: { url }, mimetype, jpegThumbnail, ...words };
  }
  if (file.type === 'voice' && mimetype === 'audio/ogg') {
    return { audio: { url }, mimetype: 'audio/ogg; codecs=opus', ptt: true };
  }
  return { document: { url }, mimetype, fileName, ...words };
}

/** Where it goes; in a group it quotes what it answers, because others may have written since. */
function addressed(deps: WhatsAppDeps, message: Omit<OutgoingText, 'text'>): Omit<WhatsAppMessage, 'content'> {
  const { chatJid, answers, part } = message;
  const known = { jid: chatJid, id: messageIdOf(message) };
  if (answers === undefined || part > 0 || !isGroup(chatJid)) return known;
  const key = keyOf(deps, chatJid, answers.messageId);
  const conversation = deps.findMessage(chatJid, answers.messageId)?.content;
  return conversation === undefined ? known : { ...known, quoted: { key, message: { conversation } } };
}

/** WhatsApp finds a message by its id and, in groups, by who wrote it. */
function keyOf({ findMessage, store }: WhatsAppDeps, chatJid: ChatJid, id: string) {
  const message = findMessage(chatJid, id);
  const isOurs = message === undefined ? store.findSent(id) !== undefined : message.isBotMessage;
  const fromMe = isOurs || (message?.isFromMe ?? false);
  const participant = isGroup(chatJid) && message && !fromMe ? { participant: message.sender } : {};
  return { remoteJid: chatJid, id, fromMe, ...participant };
}

function reactionTo(deps: WhatsAppDeps, { chatJid, messageId, emoji }: OutgoingReaction): WhatsAppMessage {
  const key = keyOf(deps, chatJid, messageId);
  const id = messageIdOf({ outboxId: 0, part: 0, chatJid: `${messageId} ${emoji} ${chatJid}` as ChatJid });
  return { jid: chatJid, id, content: { react: { text: emoji, key } } };
}

function isGroup(chatJid: ChatJid): boolean {
  return chatJid.endsWith('@g.us');
}
