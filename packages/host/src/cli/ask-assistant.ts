import type { ConversationMessage } from '../channels/local/conversation-event.ts';
import { NanoError } from '../kernel/errors.ts';
import { triggerPattern } from '../messages/trigger.ts';
import type { CliDeps } from './cli-deps.ts';
import type { ControlClient } from './control-client.ts';

/** Most messages that are looked through for late parts of an answer. */
const SWEEP_LIMIT = 200;

/**
 * How a question ended.
 * - `answered`: the host counts it as handled and the agent rests; every message until then was handed over.
 * - `kept`: the chat answers only to its trigger word, which the text does not begin with.
 */
export type AskOutcome = 'answered' | 'kept' | 'timed-out' | 'host-gone' | 'stopped';

export type AnswerMessage = Pick<ConversationMessage, 'seq' | 'text' | 'time'>;

export interface AskOptions {
  readonly client: ControlClient;
  readonly jid: string;
  readonly text: string;
  /** Absolute paths of files that go with it. */
  readonly files: readonly string[];
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly sleep: CliDeps['sleep'];
  /** Each message of the assistant, in order, once. */
  readonly onMessage: (message: AnswerMessage) => void;
  /** What the assistant does at the moment; empty when nothing. */
  readonly onProgress: (text: string) => void;
}

/** Puts a question into a local chat and waits until it is dealt with. Throws what the host refuses. */
export async function askAssistant(options: AskOptions): Promise<AskOutcome> {
  const { client, jid } = options;
  const said = await client.say(jid, options.text, options.files);
  if (said.kind === 'refused') throw new NanoError('host-refused', said.reason);
  if (said.kind !== 'taken') return 'host-gone';
  const timeout = new AbortController();
  const answered = new AbortController();
  void options.sleep(options.timeoutMs, answered.signal).then(() => timeout.abort());
  try {
    if (!(await isForAssistant(client, jid, options.text))) return 'kept';
    const waiting = AbortSignal.any([options.signal, timeout.signal]);
    const isAnswered = await waitForAnswer(options, said.seq, waiting);
    if (isAnswered) return 'answered';
    if (options.signal.aborted) return 'stopped';
    return timeout.signal.aborted ? 'timed-out' : 'host-gone';
  } catch (error) {
    if (error instanceof NanoError && error.code === 'host-not-running') return 'host-gone';
    throw error;
  } finally {
    answered.abort();
    options.onProgress('');
  }
}

async function isForAssistant(client: ControlClient, jid: string, text: string): Promise<boolean> {
  const group = await client.group(jid);
  return group.isMain || !group.requiresTrigger || triggerPattern(group.trigger).test(text.trim());
}

async function waitForAnswer(options: AskOptions, question: number, signal: AbortSignal): Promise<boolean> {
  const { client, jid, onMessage, onProgress } = options;
  let newest = question;
  const take = (message: AnswerMessage & { isAssistant: boolean }): void => {
    if (message.seq <= newest) return;
    newest = message.seq;
    if (message.isAssistant) onMessage(message);
  };
  for await (const event of client.events(jid, question, signal)) {
    if (event.kind === 'partial') onProgress(event.text);
    if (event.kind === 'message') {
      onProgress('');
      take({ ...event.message, isAssistant: event.message.from === 'assistant' });
    }
    if (event.kind !== 'typing') continue;
    onProgress(event.isTyping ? '…' : '');
    if (event.isTyping || !(await isHandled(client, jid, question))) continue;
    // The last message may still be on its way to the stream, but it is in the store.
    for (const late of await client.messages(jid, SWEEP_LIMIT)) {
      take({ seq: late.seq, text: late.content, time: late.timestamp, isAssistant: late.isBotMessage });
    }
    return true;
  }
  return false;
}

/** The host moves this mark when a message is answered, has failed for good, or needs no answer. */
async function isHandled(client: ControlClient, jid: string, seq: number): Promise<boolean> {
  return (await client.group(jid)).handledSeq >= seq;
}
