import { type Command, InvalidArgumentError } from 'commander';
import { NanoError } from '../../kernel/errors.ts';
import { asChatJid } from '../../messages/message.ts';
import type { OfflineHome } from '../cli-deps.ts';
import type { CommandContext } from '../command-context.ts';
import type { MessageAnswer } from '../control-answers.ts';
import { localTime } from '../local-time.ts';
import { throughHostOrHome } from '../reach-host.ts';
import { formatTable, neutralise } from '../terminal-text.ts';

/** Most messages that are printed at once; the host has the same limit. */
const MAX_LIMIT = 1_000;

const DEFAULT_LIMIT = 50;

interface MessagesOptions {
  readonly limit: number;
  readonly json?: true;
}

export function addMessagesCommand(program: Command, context: CommandContext): void {
  program
    .command('messages')
    .description('print the newest messages of a chat, oldest first')
    .argument('<jid>', 'the chat id, such as local:main')
    .option('--limit <n>', `how many, 1 to ${MAX_LIMIT}`, limit, DEFAULT_LIMIT)
    .option('--json', 'print a JSON array')
    .action((jid: string, options: MessagesOptions) => runMessages(jid, options, context));
}

async function runMessages(jid: string, options: MessagesOptions, { deps, out }: CommandContext): Promise<void> {
  const messages = await throughHostOrHome<readonly MessageAnswer[]>(deps, {
    host: (client) => client.messages(jid, options.limit),
    home: (home) => readMessages(home, jid, options.limit),
  });
  if (options.json) return out.json(messages);
  if (messages.length === 0) return out.note(`no messages in ${jid} yet`);
  const { timezone } = deps.config();
  // Names are measured, so they are made harmless here; the text is left to the output, which knows its stream.
  const rows = messages.map((message) => [
    String(message.seq),
    localTime(message.timestamp, timezone),
    neutralise(message.senderName).replaceAll(/\s+/g, ' '),
    message.content,
  ]);
  out.print(formatTable([['SEQ', 'TIME', 'SENDER', 'TEXT'], ...rows]));
}

function readMessages({ manage }: OfflineHome, name: string, count: number): MessageAnswer[] {
  const jid = asChatJid(name);
  if (jid === undefined || manage.messages.chat(jid) === undefined) {
    throw new NanoError('not-found', `there is no chat ${name} here: see nanoclaw groups list`);
  }
  return manage.messages.newest(jid, count).map((message) => ({ ...message }));
}

function limit(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > MAX_LIMIT)
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${MAX_LIMIT}.`);
  return value;
}
