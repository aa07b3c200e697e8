import type { Stores } from '@nanoclaw/host/app-stores.js';
import type { Channel, Inbox } from '@nanoclaw/host/channels/channel.js';
import type { Clock } from '@nanoclaw/host/kernel/clock.js';
import type { Log } from '@nanoclaw/host/kernel/log.js';
import type { ChatJid } from '@nanoclaw/host/messages/message.js';

/** Where something is said: the assistant's private chat with Ann, a group, and a thread or topic of that group. */
export type Place = 'private' | 'group' | 'thread';

export interface FileOnPlatform {
  readonly name: string;
  readonly mime: string;
  readonly content: Buffer;
}

/** What the platform has taken from the assistant, as people see it there. */
export interface SaidOnPlatform {
  readonly place: Place;
  readonly text: string;
  readonly file?: FileOnPlatform;
  /** Labels of the buttons below it. */
  readonly options?: readonly string[];
}

export interface Written {
  /** Ann's unless it says otherwise: another bot's, or the assistant's own coming back. */
  readonly by?: 'ann' | 'bot' | 'assistant';
  /** The assistant is named in it, as people of this platform do. */
  readonly mentions?: boolean;
  readonly file?: FileOnPlatform;
  /** The id of the message it is a reply to; Ann's as well. */
  readonly replyTo?: string;
}

/**
 * What goes wrong with the next send. `busy`: too many requests, to be tried again after `BUSY_SECONDS`; `broken`: the
 * platform fails and has not taken it; `unheard`: it has taken it, and the connection breaks before it says so.
 */
export type SendFault = 'busy' | 'broken' | 'unheard';

/** What a platform asks for when it is `busy`. */
export const BUSY_SECONDS = 1;

/** What a channel gets in the host. */
export interface ChannelParts {
  readonly inbox: Inbox;
  readonly triggerOf: (chatJid: ChatJid) => string;
  readonly stores: Stores;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}

/** One platform's wire server, with the hands that the suite needs on it. */
export interface PlatformUnderTest {
  /** Chats to be registered, by place; a thread that belongs to its group's chat has that chat's id. */
  readonly chats: Readonly<Record<Place, ChatJid>>;
  /** The channel as the host makes it, with the real client library and the credentials that the platform takes. */
  connect(parts: ChannelParts): Channel;
  /** The same with credentials that it does not take. */
  connectWrongly(parts: ChannelParts): Channel;
  /** What of either credentials must be seen nowhere. */
  readonly secrets: readonly string[];
  /** Somebody writes; gives the message's id as the host will know it. */
  write(place: Place, text: string, how?: Written): Promise<string> | string;
  /** Everything that the platform has taken, in order. */
  said(): readonly SaidOnPlatform[];
  /** Ann presses a button of the newest message that has one with these words. */
  press?(option: string): Promise<void> | void;
  /** Whether the assistant was seen typing in this place. */
  hasTyped?(place: Place): boolean;
  /** The reactions of the assistant to a message. */
  reactionsTo?(place: Place, id: string): readonly string[];
  failNextSend(fault: SendFault): void;
  /** Breaks every open connection; the platform takes new ones at once. */
  drop(): Promise<void> | void;
  stop(): Promise<void>;
}
