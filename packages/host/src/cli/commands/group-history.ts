import { type Command, InvalidArgumentError } from 'commander';
import { findGroup } from '../../flows/manage-groups.ts';
import { restoreMemory } from '../../flows/memory-history.ts';
import { NanoError } from '../../kernel/errors.ts';
import type { OfflineHome } from '../cli-deps.ts';
import type { CommandContext } from '../command-context.ts';
import type { MemoryAnswer } from '../control-answers.ts';
import { localTime } from '../local-time.ts';
import { throughHostOrHome } from '../reach-host.ts';
import { formatTable, neutralise } from '../terminal-text.ts';

interface HistoryOptions {
  readonly show?: number;
  readonly restore?: number;
  readonly json?: true;
}

/** `groups history`: what an agent remembered earlier, and how to get it back. */
export function addHistoryCommand(groups: Command, context: CommandContext): void {
  groups
    .command('history')
    .description('list earlier versions of what makes an agent who it is, show one, or put it back')
    .argument('<jid|folder>', 'a group; or "global", the memory of all')
    .option('--show <version>', 'print what a version said', number)
    .option('--restore <version>', 'put a version in the place of what is there now', number)
    .option('--json', 'print a JSON document')
    .action((name: string, options: HistoryOptions) => runHistory(name, options, context));
}

async function runHistory(name: string, options: HistoryOptions, { deps, out }: CommandContext): Promise<void> {
  if (options.restore !== undefined) {
    const id = options.restore;
    const version = await throughHostOrHome<MemoryAnswer>(deps, {
      host: (client) => client.restoreMemory(name, id),
      home: (home) => ({ ...restoreMemory(home.memory, folderOf(home, name), id) }),
    });
    if (options.json) out.json(version);
    else
      out.print(
        `${version.path} of ${version.folder} is what it was at ${localTime(version.at, deps.config().timezone)}`,
      );
    return;
  }
  const versions = await throughHostOrHome<readonly MemoryAnswer[]>(deps, {
    host: (client) => client.memory(name),
    home: (home) => home.memory.memory.list(folderOf(home, name)).map((version) => ({ ...version })),
  });
  if (options.show !== undefined) {
    const version = versions.find(({ id }) => id === options.show);
    if (version === undefined) throw new NanoError('not-found', `there is no version ${options.show} of ${name}`);
    if (options.json) out.json(version);
    else out.print(neutralise(version.content ?? '(the file was not there)'));
    return;
  }
  if (options.json) {
    out.json(versions);
    return;
  }
  if (versions.length === 0) {
    out.note(`nothing is known of ${name} yet: versions are kept when an agent has run`);
    return;
  }
  const rows = versions.map(({ id, at, path, runId, content }) => [
    String(id),
    localTime(at, deps.config().timezone),
    path,
    content === null ? 'removed' : `${content.length} characters`,
    runId ?? 'before a run',
  ]);
  out.print(formatTable([['VERSION', 'TIME', 'FILE', 'SIZE', 'BY'], ...rows]));
}

function folderOf({ manage }: OfflineHome, name: string): string {
  const folder = name === 'global' ? name : findGroup(manage.groups, name)?.folder;
  if (folder === undefined) throw new NanoError('not-found', `there is no group ${name}: see nanoclaw groups list`);
  return folder;
}

function number(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It must be the number of a version.');
  return Number(text);
}
