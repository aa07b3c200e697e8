/** A chat's id as its channel knows it, such as `tg:77` or `local:main`. */
export type ChatJid = string & { readonly brand: 'ChatJid' };

/** The host's own order of messages, assigned at insert. The only order there is. */
export type Seq = number;

/** What a channel hands over; times are ISO 8601 text as the platform gave them. */
export interface InboundMessage {
  readonly id: string;
  readonly chatJid: ChatJid;
  readonly sender: string;
  readonly senderName: string;
  readonly content: string;
  readonly timestamp: string;
  readonly isFromMe?: boolean;
  readonly replyTo?: { id: string; content?: string; senderName?: string };
  /** The thread or topic of its chat in which it stands, by the platform's own id; answers to it go there. */
  readonly thread?: string;
  readonly attachments?: readonly Attachment[];
}

/** A file that came with a message, as the agent sees it. */
export interface Attachment {
  readonly type: 'image' | 'video' | 'audio' | 'voice' | 'document' | 'sticker';
  /** The name its sender gave it. */
  readonly name: string;
  /** Where it lies inside the sandbox; absent when it was not fetched. */
  readonly path?: string;
  /** Why it was not. */
  readonly problem?: string;
  /** Of a file that the assistant has sent: the host's copy of it. */
  readonly key?: string;
}

/** What a channel knows about the chat of a message. */
export interface ChatInfo {
  readonly jid: ChatJid;
  readonly name?: string;
  readonly channel: string;
  readonly isGroup: boolean;
}

/** A stored message, inbound or the assistant's own. */
export interface StoredMessage extends InboundMessage {
  readonly seq: Seq;
  /** Our own number of the message replied to, where it is known here; agents see messages by it. */
  readonly replyToSeq?: Seq;
  readonly isFromMe: boolean;
  readonly isBotMessage: boolean;
  /** Said by a teammate to its lead, or the other way: it needs no trigger, and nobody else can write such a message. */
  readonly isFromTeam: boolean;
  /** A command to the host: answered by the host, never shown to an agent. */
  readonly isCommand: boolean;
  /** ISO 8601; the content is then the newest text. */
  readonly editedAt?: string;
  readonly deletedAt?: string;
}

/** Longest text of one inbound message, in UTF-16 code units; a longer one is refused with a sentence. */
export const MAX_INBOUND_CHARS = 4_000_000;

/** The chat in which a teammate is given its work. */
export function teamChat(leadFolder: string, name: string): ChatJid {
  return `team:${leadFolder}/${name}` as ChatJid;
}

export function isTeamChat(chatJid: string): boolean {
  return chatJid.startsWith('team:');
}

/** Says that an outside string is a chat id; ids are opaque, only their length is limited. */
export function asChatJid(text: string): ChatJid | undefined {
  return /^[^\s\p{C}]{1,256}$/u.test(text) ? (text as ChatJid) : undefined;
}
