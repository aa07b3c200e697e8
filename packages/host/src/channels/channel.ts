import type { ChatInfo, ChatJid, InboundMessage } from '../messages/message.ts';

/**
 * How a send ended. `retry` may succeed later (the deliverer backs off, or waits `afterMs` when the platform says so);
 * `refused` never will.
 */
export type SendOutcome =
  | { kind: 'sent'; platformId: string }
  | { kind: 'retry'; reason: string; afterMs?: number }
  | { kind: 'refused'; reason: string };

/** One outgoing text with the id the host gave it: the same id on every attempt, for platforms that can compare. */
export interface OutgoingText {
  readonly outboxId: number;
  readonly chatJid: ChatJid;
  readonly text: string;
  /** A role name to show where the platform can. */
  readonly sender: string | null;
}

/** Port: one chat platform. Every channel passes `testkit/channel-conformance` of its kind. */
export interface Channel {
  readonly name: string;
  owns(chatJid: ChatJid): boolean;
  isConnected(): boolean;
  /** Never rejects: what went wrong is the outcome. */
  send(message: OutgoingText): Promise<SendOutcome>;
  /** Shows or ends "typing…"; best effort, never rejects. */
  setTyping(chatJid: ChatJid, isTyping: boolean): Promise<void>;
  /** Shows the answer written so far, where the platform can show previews; best effort. */
  showPartial?(chatJid: ChatJid, text: string): void;
  stop(): Promise<void>;
}

/** What a channel calls for each message; it acknowledges to its platform only after this has returned. */
export type ReceiveMessage = (chat: ChatInfo, message: InboundMessage) => void;
