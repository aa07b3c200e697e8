import { NanoError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { FileStore, KeptFile } from '../../messages/file-store.ts';
import { type Attachment, type ChatJid, MAX_INBOUND_CHARS, type StoredMessage } from '../../messages/message.ts';
import type { MessageStore } from '../../messages/message-store.ts';
import type { Channel, Inbox } from '../channel.ts';
import type { ConversationEvent, ConversationMessage } from './conversation-event.ts';

/** How many messages a face is shown when it opens a chat. */
export const HISTORY_LENGTH = 200;

/** Most faces (terminals, pages) that may look at conversations at the same time. */
export const MAX_VIEWERS = 64;

/** The built-in channel: chats `local:<name>` seen in terminals and on the web page, all showing the same. */
export interface LocalChannel extends Channel {
  /** Takes what the owner typed. Returns its seq. Throws 'message-refused' for what cannot be a message. */
  say(chatJid: ChatJid, text: string, files?: readonly LocalFile[]): number;
  /** Messages of any chat after `seq`, or the newest ones without it; oldest first. */
  history(chatJid: ChatJid, afterSeq?: number): ConversationMessage[];
  /** Current typing state, then every event until the returned function is called. Throws 'host-refused' at the limit. */
  watch(chatJid: ChatJid, listener: (event: ConversationEvent) => void): () => void;
  /** A file that the assistant has sent, by its key. */
  fileOf(key: string): (KeptFile & { readonly path: string }) | undefined;
  /** Told of every message that was stored, whoever wrote it. */
  onStored(message: StoredMessage): void;
}

/** A file that the owner sends. */
export interface LocalFile {
  readonly name: string;
  readonly content: Buffer;
}

interface Viewer {
  readonly chatJid: ChatJid;
  readonly listener: (event: ConversationEvent) => void;
}

export function createLocalChannel(deps: {
  messages: MessageStore;
  files: FileStore;
  /** Where the host keeps what agents have sent. */
  pathOfFile: (key: string) => string;
  receive: Inbox['receive'];
  keepFile: Inbox['keepFile'];
  now: () => number;
}): LocalChannel {
  const viewers = new Set<Viewer>();
  const typing = new Set<ChatJid>();

  function tell(chatJid: ChatJid, event: ConversationEvent): void {
    for (const viewer of [...viewers]) if (viewer.chatJid === chatJid) viewer.listener(event);
  }

  const shown = (message: StoredMessage) => toConversationMessage(message, deps.pathOfFile);
  return {
    name: 'local',
    // The history is the screen: what is sent again has the same id there.
    doubt: 'repeatable',
    owns: isLocalChat,
    condition: () => ({ phase: 'connected' }),
    send: async ({ outboxId }) => ({ kind: 'sent', platformId: `local-out-${outboxId}` }),
    sendFile: async ({ outboxId }) => ({ kind: 'sent', platformId: `local-out-${outboxId}` }),
    async setTyping(chatJid, isTyping) {
      if (typing.has(chatJid) === isTyping) return;
      if (isTyping) typing.add(chatJid);
      else typing.delete(chatJid);
      tell(chatJid, { kind: 'typing', isTyping });
    },
    showPartial: (chatJid, text) => tell(chatJid, { kind: 'partial', text }),
    stop: async () => viewers.clear(),
    say(chatJid, text, files = []) {
      const content = [text.trim(), ...files.map(({ name }) => `[file: ${name}]`)].join(' ').trim();
      if (content === '') throw new NanoError('message-refused', 'an empty message was not sent: write something');
      if (content.length > MAX_INBOUND_CHARS) {
        const why = `the message has ${content.length} characters, more than ${MAX_INBOUND_CHARS}`;
        throw new NanoError('message-refused', `${why}: send it as a file or in parts`);
      }
      const id = newId('local');
      const timestamp = new Date(deps.now()).toISOString();
      const chat = { jid: chatJid, name: chatJid.slice('local:'.length), channel: 'local', isGroup: false };
      const message = { id, chatJid, sender: 'local:owner', senderName: 'Owner', content, timestamp, isFromMe: true };
      const attachments = files.map((file): Attachment => {
        return { type: 'document', name: file.name, ...deps.keepFile(message, file) };
      });
      deps.receive(chat, attachments.length === 0 ? message : { ...message, attachments });
      const stored = deps.messages.find(chatJid, id);
      if (stored === undefined) {
        throw new NanoError('message-refused', `${chatJid} is not registered: see nanoclaw groups register`);
      }
      return stored.seq;
    },
    history(chatJid, afterSeq) {
      const rows =
        afterSeq === undefined
          ? deps.messages.before(chatJid, Number.MAX_SAFE_INTEGER, HISTORY_LENGTH)
          : deps.messages.after(chatJid, afterSeq, HISTORY_LENGTH);
      // What a teammate has told its lead is shown as what it has told the chat.
      return rows.filter(({ isFromTeam }) => !isFromTeam).map(shown);
    },
    watch(chatJid, listener) {
      if (viewers.size >= MAX_VIEWERS) {
        throw new NanoError('host-refused', `${MAX_VIEWERS} terminals and pages are open already: close one`);
      }
      const viewer = { chatJid, listener };
      viewers.add(viewer);
      listener({ kind: 'typing', isTyping: typing.has(chatJid) });
      return () => viewers.delete(viewer);
    },
    fileOf(key) {
      const file = deps.files.find(key);
      return file && { ...file, path: deps.pathOfFile(key) };
    },
    onStored(message) {
      const isSeen = [...viewers].some(({ chatJid }) => chatJid === message.chatJid);
      if (isSeen && !message.isFromTeam) tell(message.chatJid, { kind: 'message', message: shown(message) });
    },
  };
}

export function isLocalChat(chatJid: ChatJid): boolean {
  return chatJid.startsWith('local:');
}

function toConversationMessage(message: StoredMessage, pathOf: (key: string) => string): ConversationMessage {
  const files = (message.attachments ?? []).flatMap(({ type, name, key }) =>
    key === undefined ? [] : [{ key, name, type, path: pathOf(key) }],
  );
  return {
    ...(files.length === 0 ? {} : { files }),
    seq: message.seq,
    from: writerOf(message),
    sender: message.senderName,
    text: message.content,
    time: message.timestamp,
  };
}

/** In a local chat nobody but the owner writes. */
function writerOf({ chatJid, isBotMessage, isFromMe }: StoredMessage): ConversationMessage['from'] {
  if (isBotMessage) return 'assistant';
  return isFromMe || isLocalChat(chatJid) ? 'owner' : 'other';
}
