import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { NanoError } from '../../kernel/errors.ts';
import { type AnswerMessage, type AskOutcome, askAssistant } from '../ask-assistant.ts';
import type { CliDeps, RunningHost } from '../cli-deps.ts';
import { type CommandContext, EXIT } from '../command-context.ts';
import type { ControlClient } from '../control-client.ts';
import { createProgressLine } from '../progress-line.ts';
import { controlClient, withOrWithoutHost } from '../reach-host.ts';
import { endHost, type StopSignals, startUnlessStopped, watchStopSignals } from '../stop-signals.ts';
import { runTerminalChat } from '../terminal-chat.ts';

const DEFAULT_TIMEOUT_SECONDS = 600;
const MAX_TIMEOUT_SECONDS = 86_400;

/** Largest question from stdin, in bytes; the host refuses long before that and says its limit. */
const MAX_STDIN_BYTES = 32 * 2 ** 20;

interface ChatOptions {
  readonly chat: string;
  readonly timeout: number;
  readonly file: readonly string[];
  readonly json?: true;
}

export function addChatCommand(program: Command, context: CommandContext): void {
  program
    .command('chat')
    .description('talk with the assistant in this terminal, or ask one question and print the answer')
    .argument('[text...]', 'the question; - reads it from standard input')
    .option('--chat <id>', 'the local chat to talk in', localChat, 'local:main')
    .option('--timeout <seconds>', 'how long to wait for the answer', seconds, DEFAULT_TIMEOUT_SECONDS)
    .option('--file <path>', 'a file that goes with the question; may be repeated', collectFile, [])
    .option('--json', 'print {"messages": [{"seq", "text", "time"}]}')
    .addHelpText('after', HELP)
    .action((words: string[], options: ChatOptions) => runChat(words, options, context));
}

const HELP = `
In the terminal chat: enter sends, alt+enter begins a new line, pasted lines stay one message; /quit, ^D or ^C leaves.

Examples:
  nanoclaw chat
  nanoclaw chat "what is in your folder?"
  nanoclaw chat --file report.pdf "sum this up"
  git diff | nanoclaw chat --json -`;

async function runChat(words: readonly string[], options: ChatOptions, context: CommandContext): Promise<void> {
  const { deps } = context;
  const text = await questionOf(words, deps);
  if (text === undefined && options.json) throw new NanoError('usage', '--json needs a question: give a text');
  if (text === undefined && options.file.length > 0)
    throw new NanoError('usage', '--file needs a question: give a text');
  const stops = watchStopSignals(deps);
  try {
    context.finish(
      await withSomeHost(context, stops, (client) => {
        return text === undefined
          ? converse(client, options, context, stops)
          : ask(client, text, { ...options, context, stops });
      }),
    );
  } finally {
    stops.end();
  }
}

/** The question, or undefined for a conversation. Throws 'usage' when there is neither a text nor a terminal. */
async function questionOf(words: readonly string[], deps: CliDeps): Promise<string | undefined> {
  const given = words.join(' ');
  if (words.length > 0 && given !== '-') {
    if (given.trim() === '') throw new NanoError('usage', 'the question is empty: write something');
    return given;
  }
  if (given !== '-' && deps.stdin.isTTY) {
    if (deps.stdout.isTTY) return undefined;
    throw new NanoError('usage', 'a terminal chat needs a terminal to write to: give the question as text');
  }
  const text = await readAll(deps.stdin);
  if (text.trim() === '') throw new NanoError('usage', 'standard input was empty: give the question as text');
  return text;
}

async function readAll(stream: NodeJS.ReadStream): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer | string>) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > MAX_STDIN_BYTES)
      throw new NanoError('message-refused', `more than ${MAX_STDIN_BYTES} bytes: send a file`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Uses the running host, or one of this process's own that ends with the command. */
async function withSomeHost(
  context: CommandContext,
  stops: StopSignals,
  use: (client: ControlClient) => Promise<number>,
): Promise<number> {
  const { deps, out } = context;
  const config = deps.config();
  const client = await controlClient(deps, config);
  return withOrWithoutHost(deps, {
    running: async () => {
      await client.status();
      return () => use(client);
    },
    absent: async () => {
      const starting = deps.startHost(config, { report: out.note, logTo: 'file', signal: stops.first });
      const host = await startUnlessStopped(starting, stops);
      return host === undefined
        ? async () => EXIT.interrupted
        : () => usePrivateHost(host, () => use(client), context, stops);
    },
  }).then((next) => next());
}

async function usePrivateHost(
  host: RunningHost,
  use: () => Promise<number>,
  { out }: CommandContext,
  stops: StopSignals,
): Promise<number> {
  out.note('no host was running: this command runs its own until it ends');
  try {
    return await use();
  } finally {
    await endHost(host, stops, out);
  }
}

async function converse(
  client: ControlClient,
  options: ChatOptions,
  { deps, out }: CommandContext,
  stops: StopSignals,
): Promise<number> {
  const { assistantName } = await client.status();
  const signal = AbortSignal.any([stops.first, out.closed]);
  await runTerminalChat({ client, jid: options.chat, assistantName, terminal: deps, sleep: deps.sleep, signal });
  return EXIT.done;
}

async function ask(
  client: ControlClient,
  text: string,
  options: ChatOptions & { context: CommandContext; stops: StopSignals },
): Promise<number> {
  const { deps, out } = options.context;
  const messages: AnswerMessage[] = [];
  const outcome = await askAssistant({
    client,
    jid: options.chat,
    text,
    files: options.file,
    timeoutMs: options.timeout * 1_000,
    signal: AbortSignal.any([options.stops.first, out.closed]),
    sleep: deps.sleep,
    onMessage({ seq, text, time }) {
      messages.push({ seq, text, time });
      if (!options.json) out.print(text);
    },
    onProgress: createProgressLine(deps.stderr),
  });
  const isDone = outcome === 'answered' || outcome === 'kept';
  if (options.json && isDone) out.json({ messages });
  const words = outcome === 'answered' && messages.length > 0 ? undefined : describeOutcome(outcome, options);
  if (words !== undefined && !out.closed.aborted) out.note(`nanoclaw: ${words}`);
  if (outcome === 'stopped' && !out.closed.aborted) return EXIT.interrupted;
  return isDone || out.closed.aborted ? EXIT.done : EXIT.failed;
}

function describeOutcome(outcome: AskOutcome, { chat, timeout }: ChatOptions): string {
  switch (outcome) {
    case 'answered':
      return 'the assistant had nothing to say';
    case 'kept':
      return `${chat} answers only messages that begin with its trigger word: this one is kept for the next of them`;
    case 'timed-out':
      return `no complete answer within ${timeout} seconds: what comes later is in the chat (nanoclaw messages ${chat})`;
    case 'host-gone':
      return 'the host went away before the answer was complete: start it again, and look into the chat';
    case 'stopped':
      return `stopped waiting: what comes later is in the chat (nanoclaw messages ${chat})`;
  }
}

function collectFile(path: string, before: readonly string[]): string[] {
  return [...before, resolve(path)];
}

function localChat(text: string): string {
  if (!/^local:[^\s\p{C}]+$/u.test(text)) throw new InvalidArgumentError('It must be a local chat such as local:main.');
  return text;
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= MAX_TIMEOUT_SECONDS)) {
    throw new InvalidArgumentError(`It must be a number of seconds up to ${MAX_TIMEOUT_SECONDS}.`);
  }
  return value;
}
