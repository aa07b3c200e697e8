import type { Command } from 'commander';
import { policyOf } from '../../access/egress-rules.ts';
import { removeGroup as endRegistration, findGroup, registerGroup } from '../../flows/manage-groups.ts';
import { type Group, type GroupRegistration, planGroup } from '../../groups/group.ts';
import { NanoError } from '../../kernel/errors.ts';
import type { CommandContext } from '../command-context.ts';
import type { GroupAnswer } from '../control-answers.ts';
import { localTime } from '../local-time.ts';
import { throughHostOrHome } from '../reach-host.ts';
import { formatTable, neutralise } from '../terminal-text.ts';
import { addHistoryCommand } from './group-history.ts';
import { addSettingOptions, addUpdateCommand, type SettingOptions, settingsOf } from './group-settings.ts';

interface RegisterOptions extends SettingOptions {
  readonly jid: string;
  readonly name: string;
  readonly folder: string;
  /** A word, or false for `--no-trigger`. */
  readonly trigger?: string | boolean;
  readonly main?: true;
  readonly json?: true;
}

interface JsonOption {
  readonly json?: true;
}

export function addGroupsCommand(program: Command, context: CommandContext): void {
  const groups = program
    .command('groups')
    .description('list, show, register, change and remove the chats that the assistant serves');
  groups
    .command('list')
    .description('list every registered group')
    .option('--json', 'print a JSON array')
    .action((options: JsonOption) => listGroups(options, context));
  groups
    .command('show')
    .description('show one group')
    .argument('<jid|folder>', 'its chat id or its folder')
    .option('--json', 'print a JSON object')
    .action((name: string, options: JsonOption) => showGroup(name, options, context));
  addRegister(groups, context);
  addUpdateCommand(groups, context);
  addHistoryCommand(groups, context);
  groups
    .command('remove')
    .description('end the registration of a group; its folder, messages and session stay')
    .argument('<jid|folder>', 'its chat id or its folder')
    .option('--json', 'print the removed group as a JSON object')
    .action((name: string, options: JsonOption) => removeGroup(name, options, context));
}

function addRegister(groups: Command, context: CommandContext): void {
  const register = groups
    .command('register')
    .description('register a chat: it gets a folder and a sandbox of its own')
    .requiredOption('--jid <id>', 'the chat id, such as tg:-100123 or local:notes')
    .requiredOption('--name <name>', 'the name to show')
    .requiredOption('--folder <name>', 'the folder under groups/')
    .option('--trigger <word>', 'the word that wakes the assistant (default: @ and its name)')
    .option('--no-trigger', 'answer every message')
    .option('--main', 'the main group, which may manage the others');
  addSettingOptions(register)
    .option('--json', 'print the new group as a JSON object')
    .addHelpText(
      'after',
      '\nExample:\n  nanoclaw groups register --jid local:notes --name Notes --folder notes --no-trigger',
    )
    .action((options: RegisterOptions) => runRegister(options, context));
}

async function listGroups(options: JsonOption, { deps, out }: CommandContext): Promise<void> {
  const groups: readonly GroupAnswer[] = await throughHostOrHome<readonly GroupAnswer[]>(deps, {
    host: (client) => client.groups(),
    home: ({ manage }) => manage.groups.list().map(plain),
  });
  if (options.json) return out.json(groups);
  if (groups.length === 0) return out.note('no groups are registered: npm start registers the built-in chat');
  const rows = groups.map((group) => [
    group.folder,
    group.jid,
    answersTo(group),
    group.isMain ? 'yes' : 'no',
    group.name,
  ]);
  out.print(formatTable([['FOLDER', 'CHAT', 'ANSWERS', 'MAIN', 'NAME'], ...rows.map((row) => row.map(neutralise))]));
}

async function showGroup(name: string, options: JsonOption, { deps, out }: CommandContext): Promise<void> {
  const group = await throughHostOrHome<GroupAnswer>(deps, {
    host: (client) => client.group(name),
    home: ({ manage }) => plain(known(findGroup(manage.groups, name), name)),
  });
  if (options.json) return out.json(group);
  const rows = [
    ['chat', group.jid],
    ['name', group.name],
    ['folder', group.folder],
    ['answers', answersTo(group)],
    ['main', group.isMain ? 'yes' : 'no'],
    ['model', group.model ?? 'default'],
    ['timeout', group.timeoutMs ? `${group.timeoutMs} ms` : 'default'],
    ['budget', typeof group.dailyBudgetUsd === 'number' ? `$${group.dailyBudgetUsd} a day` : 'none of its own'],
    ['egress', group.egress ?? `default: ${policyOf({ isMain: group.isMain, egress: null })}`],
    ['mounts', group.mounts?.length ? `${group.mounts.length}: see nanoclaw mounts check` : 'none'],
    ['added', localTime(group.addedAt, deps.config().timezone)],
    ['handled', `up to message ${group.handledSeq}`],
  ];
  out.print(formatTable(rows));
}

async function runRegister(options: RegisterOptions, { deps, out }: CommandContext): Promise<void> {
  const { jid, name, folder, trigger } = options;
  const wish: GroupRegistration = {
    jid,
    name,
    folder,
    isMain: options.main ?? false,
    requiresTrigger: trigger !== false,
    ...(typeof trigger === 'string' ? { trigger } : {}),
    ...settingsOf(options),
  };
  // What can be told from the wish alone is refused with the same words whether a host runs or not.
  planGroup(wish, { trigger: '', addedAt: '' });
  const group = await throughHostOrHome<GroupAnswer>(deps, {
    host: (client) => client.register(wish),
    home: ({ manage }) => plain(registerGroup(manage, wish)),
  });
  if (options.json) out.json(group);
  else out.print(`registered ${group.jid} with folder ${group.folder}; it answers ${answersTo(group)}`);
}

async function removeGroup(name: string, options: JsonOption, { deps, out }: CommandContext): Promise<void> {
  const group = await throughHostOrHome<GroupAnswer>(deps, {
    host: (client) => client.remove(name),
    home({ manage }) {
      const found = known(findGroup(manage.groups, name), name);
      endRegistration(manage, found);
      return plain(found);
    },
  });
  if (options.json) out.json(group);
  else out.print(`removed ${group.jid}; folder ${group.folder} and its messages stay`);
}

function answersTo(group: GroupAnswer): string {
  if (group.team) return `its lead, ${group.team.of}`;
  return group.isMain || !group.requiresTrigger ? 'every message' : group.trigger;
}

/** A copy has the index signature that answers of other versions need. */
function plain(group: Group): GroupAnswer {
  return { ...group };
}

function known<T>(group: T | undefined, name: string): T {
  if (group === undefined) throw new NanoError('not-found', `there is no group ${name}: see nanoclaw groups list`);
  return group;
}
