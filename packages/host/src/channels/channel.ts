import type { Attachment, ChatInfo, ChatJid, InboundMessage } from '../messages/message.ts';
import type { Linking, LinkWish } from './linking.ts';

/**
 * How a send ended. `retry` may succeed later (the deliverer backs off, or waits `afterMs` when the platform says so);
 * it means that the platform has certainly not taken the message. `unknown` means that nobody can tell, because the
 * connection broke while the platform had it. `refused` never will succeed.
 */
export type SendOutcome =
  | { kind: 'sent'; platformId: string }
  | { kind: 'retry'; reason: string; afterMs?: number }
  | { kind: 'unknown'; reason: string }
  | { kind: 'refused'; reason: string };

/** One part of an outgoing text, as one request to the platform. */
export interface OutgoingText {
  /** The host's number of the text: with `part` the same on every attempt, for platforms that can compare. */
  readonly outboxId: number;
  /** Counted from 0. */
  readonly part: number;
  /** When the host wrote it, in milliseconds since the epoch: a home from a backup gives its numbers a second time. */
  readonly createdAt?: number;
  readonly chatJid: ChatJid;
  readonly text: string;
  /** A role name to show where the platform can. */
  readonly sender: string | null;
  /** Whether it ends what its agent was asked for. */
  readonly isAnswer?: boolean;
  /** The message of this chat that it answers, and the thread in which that stands: it goes there. */
  readonly answers?: { readonly messageId: string; readonly thread?: string };
  /** Choices to be shown as buttons, under the last part; only for channels that say so. */
  readonly options?: readonly string[];
}

/** A file on its way to a chat; `part` and `outboxId` as with texts. */
export interface OutgoingFile extends Omit<OutgoingText, 'text' | 'options'> {
  /** The host's copy of it. */
  readonly path: string;
  readonly name: string;
  readonly type: Attachment['type'];
  readonly mime: string;
  readonly bytes: number;
  /** May be empty. */
  readonly caption: string;
}

/** A reaction to a message of the platform. */
export interface OutgoingReaction {
  readonly chatJid: ChatJid;
  readonly messageId: string;
  readonly emoji: string;
}

/**
 * What a channel can do about a send whose fate is unknown after a crash or a broken connection.
 *
 *   repeatable   a second send with the same `outboxId` and `part` is recognised by the platform: just send again
 *   readable     the platform's history can be asked: `findSent` tells
 *   neither      it is sent again, and may be there twice; the window is this one request
 */
export type DoubtPolicy = 'repeatable' | 'readable' | 'neither';

export type ChannelCondition =
  | { phase: 'connecting' }
  | { phase: 'connected' }
  /** It keeps trying by itself; the reason is for the owner and holds no secret. */
  | { phase: 'down'; reason: string };

/** Port: one chat platform. */
export interface Channel {
  readonly name: string;
  readonly doubt: DoubtPolicy;
  /** The assistant has an account of its own there: who writes to it in private means it, and may be told who it is. */
  readonly hasOwnAccount?: true;
  owns(chatJid: ChatJid): boolean;
  condition(): ChannelCondition;
  /** The parts in which the platform takes a text, in order; always the same for the same text, never empty. */
  split?(text: string): readonly string[];
  /**
   * It shows choices as buttons. One that is pressed comes in as a message of who has pressed it, with the words of the
   * choice as its text, an id of its own for each press, and `replyTo` the question. Other channels get the choices
   * numbered in the text.
   */
  readonly showsOptions?: true;
  /** Never rejects: what went wrong is the outcome. */
  send(message: OutgoingText): Promise<SendOutcome>;
  /** Never rejects. A channel without it has its chats told of the file in words. */
  sendFile?(file: OutgoingFile): Promise<SendOutcome>;
  /** Never rejects; doing it twice is doing it once. A channel without it shows no reactions. */
  react?(reaction: OutgoingReaction): Promise<SendOutcome>;
  /** For `readable` channels: whether the platform has it. `retry` when the platform cannot be asked now. */
  findSent?(message: OutgoingText): Promise<SendOutcome | { kind: 'absent' }>;
  /** Shows or ends "typing…"; best effort, never rejects. */
  setTyping(chatJid: ChatJid, isTyping: boolean): Promise<void>;
  /** Shows the answer written so far, where the platform can show previews; best effort. */
  showPartial?(chatJid: ChatJid, text: string): void;
  /** Where a platform knows its users by a device that they link: how far that is. */
  linking?(): Linking;
  /** Begins to ask for a phone, or asks anew in another way; while one is linked nothing happens. */
  link?(wish: LinkWish): void;
  stop(): Promise<void>;
}

/**
 * What a channel hands over. It acknowledges to its platform only after the call has returned; when the call throws,
 * nothing was stored and the platform must not be told that it was.
 */
export interface Inbox {
  /** A message. Storing is idempotent on (chat, id). */
  receive(chat: ChatInfo, message: InboundMessage): void;
  /** Whether files of a message would be kept; to be asked before they are fetched. */
  wantsFiles(message: InboundMessage): boolean;
  /** Puts a file of a message where its agent sees it. What cannot be kept is told, not thrown. */
  keepFile(message: InboundMessage, file: { name: string; content: Buffer }): Partial<Attachment>;
  /** What was said in a voice note, where the owner has said how to tell; never rejects. */
  transcribe(content: Buffer): Promise<string | undefined>;
  /** A message has a new text since `at` (ISO 8601); unknown messages are ignored. */
  edited(chatJid: ChatJid, id: string, content: string, at: string): void;
  /** A message was deleted; it stays in the history, marked. */
  deleted(chatJid: ChatJid, id: string, at: string): void;
  /** A chat exists or has another name; nothing of its messages is stored. */
  chatSeen(chat: ChatInfo): void;
  /** A chat goes on under another id (a group that has become a supergroup): its registration follows. */
  chatMoved(from: ChatJid, to: ChatJid): void;
  /** Something that could not be understood; kept aside with its reason, never an obstacle for what follows. */
  quarantine(owner: string, reason: string, content: string): void;
}
