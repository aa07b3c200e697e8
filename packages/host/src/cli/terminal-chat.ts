import type { ConversationMessage } from '../channels/local/conversation-event.ts';
import type { CliDeps } from './cli-deps.ts';
import type { ControlClient } from './control-client.ts';
import { type FollowedEvent, followConversation } from './follow-conversation.ts';
import { createLineEditor, type KeyPress } from './line-editor.ts';
import { createLiveArea } from './live-area.ts';
import { sendMessage } from './send-message.ts';
import { readKeys, type Terminal } from './terminal-keys.ts';

/** How much of the conversation so far is shown at first. */
export const SHOWN_HISTORY = 10;

/** How long leaving waits for what was typed last to arrive, in milliseconds. */
const LAST_SEND_MS = 3_000;

const PROMPT = 'you> ';

export interface TerminalChatOptions {
  readonly client: ControlClient;
  readonly jid: string;
  readonly assistantName: string;
  readonly terminal: Terminal;
  readonly sleep: CliDeps['sleep'];
  /** Ends the chat. */
  readonly signal: AbortSignal;
}

/**
 * A local chat on a terminal, until the owner leaves (/quit, ^D, ^C) or the signal aborts. Goes on across restarts of the
 * host. Throws what the host refuses; the terminal is as before then too.
 */
export async function runTerminalChat(options: TerminalChatOptions): Promise<void> {
  const { client, jid } = options;
  const history = await client.messages(jid, SHOWN_HISTORY);
  const left = new AbortController();
  const signal = AbortSignal.any([options.signal, left.signal]);
  const newestSeq = history.at(-1)?.seq ?? 0;
  const chat = createChat({ ...options, signal }, newestSeq, () => left.abort());
  const release = readKeys(options.terminal, { key: chat.onKey, resize: chat.redraw, end: () => left.abort() });
  try {
    chat.print(`${jid}, with ${options.assistantName}. Enter sends, alt+enter begins a new line, /quit or ^D leaves.`);
    for (const { isBotMessage, senderName, content } of history) {
      chat.print(messageText({ from: isBotMessage ? 'assistant' : 'owner', sender: senderName, text: content }));
    }
    for await (const event of followConversation({ ...options, afterSeq: newestSeq, signal }))
      await chat.onEvent(event);
  } finally {
    left.abort();
    await Promise.race([chat.sent(), options.sleep(LAST_SEND_MS)]);
    chat.end();
    release();
  }
}

function createChat(options: TerminalChatOptions, knownSeq: number, leave: () => void) {
  const { assistantName, signal } = options;
  const area = createLiveArea(options.terminal.stdout);
  const editor = createLineEditor();
  const ownSeqs = new Set<number>();
  let newestSeq = knownSeq;
  let sending: Promise<void> = Promise.resolve();
  let doing: 'nothing' | 'typing' | 'waiting' = 'nothing';
  let partial = '';
  let isEnded = false;

  function statusText(): string {
    if (doing === 'waiting') return 'waiting for the host …';
    if (partial !== '') return `${assistantName}: ${partial}`;
    return doing === 'typing' ? `${assistantName} is typing …` : '';
  }

  function print(above?: string): void {
    if (!isEnded) area.draw({ status: statusText(), prompt: PROMPT, edited: editor.view() }, above);
  }

  /** One after the other, so that messages arrive in the order in which they were typed. */
  async function send(text: string): Promise<void> {
    const result = await sendMessage({ ...options, text, newestSeq });
    if (result.kind === 'refused') print(`(not sent: ${result.reason})`);
    if (result.kind === 'given-up') print('(not sent: the host is away)');
    if (result.kind === 'taken') ownSeqs.add(result.seq);
  }

  function submit(text: string): void {
    if (text.trim() === '/quit') {
      leave();
      return;
    }
    print(messageText({ from: 'owner', sender: '', text }));
    sending = sending.then(() => send(text)).catch((error: unknown) => print(`(not sent: ${String(error)})`));
  }

  async function onMessage(message: ConversationMessage): Promise<void> {
    // The stream may be faster than the answer to the request: only with that answer is it known whose message this is.
    if (message.from === 'owner') await sending;
    else partial = '';
    newestSeq = message.seq;
    if (!ownSeqs.delete(message.seq)) print(messageText(message));
  }

  return {
    print,
    redraw: () => print(),
    onKey(typed: string | undefined, key: KeyPress): void {
      if (signal.aborted) return;
      const effect = editor.press(typed, key);
      if (effect.kind === 'leave') leave();
      else if (effect.kind === 'submit') submit(effect.text);
      else if (effect.kind === 'changed') print();
    },
    async onEvent(event: FollowedEvent): Promise<void> {
      if (event.kind === 'message') return onMessage(event.message);
      if (event.kind === 'partial') partial = event.text;
      else partial = '';
      if (event.kind === 'typing') doing = event.isTyping ? 'typing' : 'nothing';
      if (event.kind === 'lost') doing = 'waiting';
      if (event.kind === 'back') doing = 'nothing';
      print(event.kind === 'lost' ? '(the host is gone; this goes on when it is back)' : undefined);
    },
    sent: () => sending,
    end(): void {
      isEnded = true;
      area.clear();
    },
  };
}

function messageText(message: Pick<ConversationMessage, 'from' | 'sender' | 'text' | 'files'>): string {
  const { from, sender, text, files = [] } = message;
  if (from === 'owner') return `${PROMPT}${text}`;
  // Whoever sits at this terminal may read the host's own copies.
  return [`${sender}: ${text}`, ...files.map(({ name, path }) => `  ${name}: ${path}`)].join('\n');
}
