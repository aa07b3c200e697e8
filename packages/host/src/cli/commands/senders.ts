import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { ruleFor } from '../../access/sender-rules.ts';
import { allowlistFile, openSenderAllowlist } from '../../access/sender-rules-files.ts';
import { type CommandContext, EXIT } from '../command-context.ts';
import type { GroupAnswer } from '../control-answers.ts';
import { throughHostOrHome } from '../reach-host.ts';
import { formatTable, neutralise } from '../terminal-text.ts';

export function addSendersCommand(program: Command, context: CommandContext): void {
  program
    .command('senders')
    .description('who may wake the assistant')
    .command('check')
    .description(
      'read the sender allowlist and tell what it means for each registered chat; exit code 1 when it is broken',
    )
    .option('--json', 'print a JSON object')
    .action((options: { json?: true }) => checkSenders(options, context));
}

async function checkSenders(options: { json?: true }, { deps, out, finish }: CommandContext): Promise<void> {
  const file = allowlistFile(deps.config().configHome);
  const access = openSenderAllowlist(file).current();
  if ('problem' in access) {
    if (options.json) out.json({ file, problem: access.problem });
    else
      out.print(
        `${file} cannot be used: ${access.problem}\nuntil it is mended, only you wake the assistant outside main`,
      );
    return finish(EXIT.failed);
  }
  const groups = await throughHostOrHome<readonly GroupAnswer[]>(deps, {
    host: (client) => client.groups(),
    home: ({ manage }) => manage.groups.list().map((group) => ({ ...group })),
  });
  const chats = groups.map(({ jid, folder, isMain }) => ({ jid, folder, ...ruleFor(access.rules, { jid, isMain }) }));
  if (options.json) return out.json({ file, isThere: existsSync(file), rules: access.rules, chats });
  const rows = chats.map(({ jid, folder, allow, mode }) => [
    folder,
    jid,
    allow === '*' ? 'everybody' : allow.join(', ') || 'nobody but you',
    mode === 'drop' ? 'are not stored' : 'are context',
  ]);
  out.note(existsSync(file) ? file : `${file} does not exist: everybody may write`);
  out.print(
    formatTable([['FOLDER', 'CHAT', 'WAKES THE ASSISTANT', 'OTHERS'], ...rows.map((row) => row.map(neutralise))]),
  );
}
