import type { AnyMessageContent, BinaryNode, MessageGenerationOptions, WAMessage } from '@whiskeysockets/baileys';
import type { Clock } from '../../kernel/clock.ts';
import { describeError } from '../../kernel/errors.ts';
import type { SendOutcome } from '../channel.ts';
import type { AuthStore } from './auth-store.ts';
import { SILENT_LOGGER, type WhatsAppLibrary } from './library.ts';
import type { Session } from './session.ts';

/** How long WhatsApp may take to confirm that it has a message, in milliseconds. */
const CONFIRM_MS = 20_000;

/** Least time between two messages, in milliseconds: whoever writes faster than people do looks like a robot that sells. */
const PACE_MS = 1_000;

export interface SendDeps {
  readonly library: WhatsAppLibrary;
  readonly store: AuthStore;
  /** The connection, if it stands or is being made. */
  readonly opening: () => Promise<Session | undefined>;
  readonly clock: Clock;
}

export interface WhatsAppMessage {
  readonly jid: string;
  readonly id: string;
  readonly content: AnyMessageContent;
  /** What it answers. */
  readonly quoted?: WAMessage;
}

export type Sender = (message: WhatsAppMessage) => Promise<SendOutcome>;

/** Gives the function that sends one message and waits until WhatsApp has confirmed it. It never rejects. */
export function createSender(deps: SendDeps): Sender {
  let turn: Promise<void> = Promise.resolve();
  let last = 0;

  /** One after the other, at the pace. */
  function paced(): Promise<void> {
    turn = turn.then(async () => {
      await deps.clock.sleep(Math.min(PACE_MS, last + PACE_MS - deps.clock.now()));
      last = deps.clock.now();
    });
    return turn;
  }

  return async (message) => {
    await paced();
    const session = await deps.opening();
    if (session === undefined) return { kind: 'retry', reason: 'WhatsApp is not connected' };
    const lost = session.ended.then(
      (): SendOutcome => ({ kind: 'unknown', reason: 'the connection to WhatsApp broke' }),
    );
    return Promise.race([lost, sendNow(deps, session, message)]);
  };
}

async function sendNow(
  { library, store }: SendDeps,
  { socket }: Session,
  { jid, id, content, quoted }: WhatsAppMessage,
): Promise<SendOutcome> {
  let isRelayed = false;
  try {
    const known = { userJid: socket.user?.id ?? '', messageId: id, upload: socket.waUploadToServer };
    const options: MessageGenerationOptions = { ...known, logger: SILENT_LOGGER, ...(quoted && { quoted }) };
    const { message } = await library.generateWAMessage(jid, content, options);
    if (!message) return { kind: 'refused', reason: 'there is nothing in it that WhatsApp could show' };
    // Whoever cannot read it asks for it again, maybe after the next start.
    store.keepSent(id, library.proto.Message.encode(message).finish());
    const confirmed = socket.waitForMessage(id, CONFIRM_MS);
    confirmed.catch(() => undefined);
    isRelayed = true;
    await socket.relayMessage(jid, message, { messageId: id });
    return outcomeOf(id, (await confirmed) as BinaryNode | undefined);
  } catch (error) {
    const reason = `WhatsApp has not taken it: ${describeError(error)}`;
    return isRelayed ? { kind: 'unknown', reason } : { kind: 'retry', reason };
  }
}

/** What the server's answer means. A receipt of the other side may come first, and says more. */
function outcomeOf(id: string, answer: BinaryNode | undefined): SendOutcome {
  if (answer === undefined) return { kind: 'unknown', reason: 'WhatsApp has not confirmed it in time' };
  const error = answer.tag === 'ack' ? answer.attrs['error'] : undefined;
  if (error === undefined) return { kind: 'sent', platformId: id };
  if (error === '463') {
    const reason = 'WhatsApp does not let this account begin chats at the moment: let them write first';
    return { kind: 'refused', reason };
  }
  // Too many at once, or the server's own trouble.
  const isPassing = error === '429' || error === '479' || error.startsWith('5');
  const reason = `WhatsApp said ${error}`;
  return isPassing ? { kind: 'retry', reason } : { kind: 'refused', reason };
}
