import type { CliDeps } from './cli-deps.ts';
import type { ControlClient } from './control-client.ts';

/** How long to wait before a host that went away is tried again, in milliseconds. */
const RETRY_MS = 300;

/** How many messages back to look for one whose fate is unknown. */
const LOOK_BACK = 100;

export type SendResult = { kind: 'taken'; seq: number } | { kind: 'refused'; reason: string } | { kind: 'given-up' };

/**
 * Brings the owner's message into a chat exactly once, across restarts of the host: when the connection broke before
 * the answer, the chat itself says whether the message arrived. Tries once even when the signal
 * has aborted, and gives up only then.
 */
export async function sendMessage(options: {
  client: Pick<ControlClient, 'say' | 'messages'>;
  jid: string;
  text: string;
  /** The newest message known before this one. */
  newestSeq: number;
  signal: AbortSignal;
  sleep: CliDeps['sleep'];
}): Promise<SendResult> {
  const { client, jid, text, signal, sleep } = options;
  do {
    const outcome = await client.say(jid, text);
    if (outcome.kind === 'taken' || outcome.kind === 'refused') return outcome;
    if (outcome.kind === 'unknown') {
      const seq = await findArrived(options);
      if (seq !== undefined) return { kind: 'taken', seq };
    } else {
      await sleep(RETRY_MS, signal);
    }
  } while (!signal.aborted);
  return { kind: 'given-up' };
}

/** Waits for the host to be back, then looks for the message. */
async function findArrived(options: Parameters<typeof sendMessage>[0]): Promise<number | undefined> {
  const { client, jid, signal, sleep } = options;
  const text = options.text.trim();
  while (!signal.aborted) {
    const messages = await client.messages(jid, LOOK_BACK).catch(() => undefined);
    if (messages !== undefined) {
      const isIt = (message: (typeof messages)[number]): boolean =>
        message.seq > options.newestSeq && !message.isBotMessage && message.content === text;
      return messages.find(isIt)?.seq;
    }
    await sleep(RETRY_MS, signal);
  }
  return undefined;
}
