/** A message as the faces of the local channel show it. */
export interface ConversationMessage {
  readonly seq: number;
  /** `other`: somebody else, in a chat of another app that the page shows. */
  readonly from: 'owner' | 'assistant' | 'other';
  readonly sender: string;
  readonly text: string;
  /** ISO 8601. */
  readonly time: string;
  /** Present when there are some. */
  readonly files?: readonly ConversationFile[] | undefined;
}

/** A file that the assistant has sent. */
export interface ConversationFile {
  /** By which it is asked for. */
  readonly key: string;
  readonly name: string;
  readonly type: string;
  /** Where the host keeps it. */
  readonly path: string;
}

/** What a face of the local channel is told while it looks at a chat. Only messages are kept; the rest is momentary. */
export type ConversationEvent =
  | { kind: 'message'; message: ConversationMessage }
  | { kind: 'typing'; isTyping: boolean }
  /** The whole answer written so far; the next message or `typing: false` replaces it. */
  | { kind: 'partial'; text: string };
