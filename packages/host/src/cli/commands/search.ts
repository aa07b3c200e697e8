import { MAX_FOUND_MESSAGES } from '@nanoclaw/protocol';
import { type Command, InvalidArgumentError } from 'commander';
import { asChatJid } from '../../messages/message.ts';
import type { CommandContext } from '../command-context.ts';
import type { FoundAnswer } from '../control-answers.ts';
import { localTime } from '../local-time.ts';
import { throughHostOrHome } from '../reach-host.ts';
import { formatTable, neutralise } from '../terminal-text.ts';

const DEFAULT_LIMIT = 20;

interface SearchOptions {
  readonly chat?: string;
  readonly limit: number;
  readonly json?: true;
}

export function addSearchCommand(program: Command, context: CommandContext): void {
  program
    .command('search')
    .description('find messages by their words, in all chats, the newest first')
    .argument('<words...>', 'all of them must be in the message, also as the beginning of a longer word')
    .option('--chat <jid>', 'in one chat only')
    .option('--limit <n>', `how many, 1 to ${MAX_FOUND_MESSAGES}`, limit, DEFAULT_LIMIT)
    .option('--json', 'print a JSON array')
    .action((words: string[], options: SearchOptions) => runSearch(words.join(' '), options, context));
}

async function runSearch(query: string, options: SearchOptions, { deps, out }: CommandContext): Promise<void> {
  const found = await throughHostOrHome<readonly FoundAnswer[]>(deps, {
    host: (client) => client.search(query, { limit: options.limit, chat: options.chat }),
    home({ manage }) {
      const chatJid = options.chat === undefined ? undefined : asChatJid(options.chat);
      const scope = { limit: options.limit, ...(chatJid === undefined ? {} : { chatJid }) };
      return manage.messages.search(query, scope).map((message) => ({ ...message }));
    },
  });
  if (options.json) return out.json(found);
  if (found.length === 0) return out.note(`nothing holds ${JSON.stringify(query)}`);
  const { timezone } = deps.config();
  const rows = found.map((message) => [
    neutralise(message.chatJid),
    String(message.seq),
    localTime(message.timestamp, timezone),
    neutralise(message.senderName).replaceAll(/\s+/g, ' '),
    message.content,
  ]);
  out.print(formatTable([['CHAT', 'SEQ', 'TIME', 'SENDER', 'TEXT'], ...rows]));
}

function limit(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= MAX_FOUND_MESSAGES) return value;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MAX_FOUND_MESSAGES}.`);
}
