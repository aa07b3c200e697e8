import type { ChatJid } from '../messages/message.ts';
import type { OutboxOrigin, OutboxPayload, OutboxStore } from '../messages/outbox-store.ts';

/** Most texts that an agent may send with its tool during one turn: people read them. */
export const MAX_TOOL_TEXTS_PER_TURN = 100;

/** A text for a chat, as a run says it. */
export interface SaidText {
  readonly chatJid: ChatJid;
  readonly text: string;
}

/**
 * What one run says to chats. A turn that a crash or a failure has cut off is run again as a whole, and an agent then
 * tends to say again what it said on its way: a text that an earlier attempt at the same messages has stored already is
 * taken as said.
 */
export interface RunVoice {
  /** Whether the tool has said during this turn what it may say. */
  hasSaidEnough(turnId: string | undefined): boolean;
  /** Puts the text into the outbox, in the caller's transaction. False when an earlier attempt has said it. */
  say(
    text: SaidText & {
      origin: OutboxOrigin;
      turnId?: string | undefined;
      sender?: string | undefined;
      payload?: OutboxPayload;
    },
  ): boolean;
}

export function createRunVoice(deps: {
  outbox: OutboxStore;
  now: () => number;
  /** What earlier attempts have said, each as often as they said it. */
  earlier: readonly SaidText[];
}): RunVoice {
  const earlier = deps.earlier.map(keyOf);
  const toolTexts = new Map<string | undefined, number>();
  return {
    hasSaidEnough: (turnId) => (toolTexts.get(turnId) ?? 0) >= MAX_TOOL_TEXTS_PER_TURN,
    say({ chatJid, text, origin, turnId, sender, payload }) {
      const index = earlier.indexOf(keyOf({ chatJid, text }));
      if (index >= 0) {
        earlier.splice(index, 1);
        return false;
      }
      if (origin === 'tool') toolTexts.set(turnId, (toolTexts.get(turnId) ?? 0) + 1);
      const optional = {
        ...(turnId === undefined ? {} : { turnId }),
        ...(sender === undefined ? {} : { sender }),
        ...(payload === undefined ? {} : { payload }),
      };
      deps.outbox.add({ chatJid, text, origin, now: deps.now(), ...optional });
      return true;
    },
  };
}

function keyOf({ chatJid, text }: SaidText): string {
  return `${chatJid}\n${text}`;
}
