import { EgressPolicy, type MountRequest } from '@nanoclaw/protocol';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { changeGroup, findGroup } from '../../flows/manage-groups.ts';
import type { GroupChange } from '../../groups/group.ts';
import { NanoError } from '../../kernel/errors.ts';
import type { CommandContext } from '../command-context.ts';
import type { GroupAnswer } from '../control-answers.ts';
import { throughHostOrHome } from '../reach-host.ts';

/** Resets a setting to what the configuration says. */
type Default = 'default';

/** Settings of a group as options give them. */
export interface SettingOptions {
  readonly model?: string;
  readonly timeout?: number | Default;
  readonly budget?: number | Default;
  readonly egress?: EgressPolicy | Default;
  readonly mount?: readonly MountRequest[];
}

interface UpdateOptions extends SettingOptions {
  readonly name?: string;
  /** A word, or false for `--no-trigger`. */
  readonly trigger?: string | boolean;
  readonly json?: true;
}

/** The options that `register` and `update` share. */
export function addSettingOptions(command: Command): Command {
  return command
    .option('--model <name>', 'the model of its agent; "default" for what MODEL says')
    .option(
      '--timeout <ms>',
      'longest time its agent may work without a word, in milliseconds; "default" for CONTAINER_TIMEOUT',
      orDefault(wholeNumber),
    )
    .option(
      '--budget <usd>',
      'what its agent may spend in a day, in US dollars; "default" for no limit',
      orDefault(amount),
    )
    .addOption(
      new Option(
        '--egress <policy>',
        'what of the internet its agent may reach; "default" is open for main and none for others',
      ).choices([...EgressPolicy.options, 'default']),
    )
    .option(
      '--mount <path[:name][:rw]>',
      'a folder of this machine that its agent sees as /workspace/extra/<name>, if the mount allowlist permits it; may be repeated; "none" for none',
      collectMounts,
    );
}

export function settingsOf({
  model,
  timeout,
  budget,
  egress,
  mount,
}: SettingOptions): Pick<GroupChange, 'model' | 'timeoutMs' | 'dailyBudgetUsd' | 'egress' | 'mounts'> {
  return {
    ...(model === undefined ? {} : { model: orNull(model) }),
    ...(timeout === undefined ? {} : { timeoutMs: orNull(timeout) }),
    ...(budget === undefined ? {} : { dailyBudgetUsd: orNull(budget) }),
    ...(egress === undefined ? {} : { egress: orNull(egress) }),
    ...(mount === undefined ? {} : { mounts: [...mount] }),
  };
}

export function addUpdateCommand(groups: Command, context: CommandContext): void {
  const update = groups
    .command('update')
    .description('change settings of a group; they count from its next message on')
    .argument('<jid|folder>', 'its chat id or its folder')
    .option('--name <name>', 'the name to show')
    .option('--trigger <word>', 'the word that wakes the assistant')
    .option('--no-trigger', 'answer every message');
  addSettingOptions(update)
    .option('--json', 'print the group as it is now as a JSON object')
    .addHelpText('after', '\nExample:\n  nanoclaw groups update work --model claude-opus-4-5 --budget 2.50')
    .action((name: string, options: UpdateOptions) => runUpdate(name, options, context));
}

async function runUpdate(name: string, options: UpdateOptions, { deps, out }: CommandContext): Promise<void> {
  const change = changeOf(options);
  if (Object.keys(change).length === 0) throw new NanoError('usage', 'name a setting to change: see --help');
  const group = await throughHostOrHome<GroupAnswer>(deps, {
    host: (client) => client.update(name, change),
    home({ manage }) {
      const found = findGroup(manage.groups, name);
      if (found === undefined) throw new NanoError('not-found', `there is no group ${name}: see nanoclaw groups list`);
      return { ...changeGroup(manage, found, change) };
    },
  });
  if (options.json) out.json(group);
  else out.print(`updated ${group.jid}: ${Object.keys(change).join(', ')}`);
}

function changeOf(options: UpdateOptions): GroupChange {
  const { name, trigger } = options;
  return {
    ...(name === undefined ? {} : { name }),
    ...(typeof trigger === 'string' ? { trigger, requiresTrigger: true } : {}),
    ...(trigger === false ? { requiresTrigger: false } : {}),
    ...settingsOf(options),
  };
}

function orDefault<T>(parse: (text: string) => T): (text: string) => T | Default {
  return (text) => (text === 'default' ? text : parse(text));
}

function orNull<T>(value: T | Default): T | null {
  return value === 'default' ? null : (value as T);
}

/** `path`, `path:name`, each with `:ro` or `:rw` behind it; v1's form has the same three fields. */
function collectMounts(text: string, before: readonly MountRequest[] = []): readonly MountRequest[] {
  if (text === 'none') return [];
  const [, hostPath, containerPath, mode] = /^([^:]+)(?::((?!r[ow]$)[^:]+))?(?::(r[ow]))?$/.exec(text) ?? [];
  if (hostPath === undefined) throw new InvalidArgumentError('It is a path such as ~/projects/site:site:rw.');
  const target = containerPath === undefined ? {} : { containerPath };
  return [...before, { hostPath, ...target, readonly: mode !== 'rw' }];
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It is a whole number of milliseconds.');
  return Number(text);
}

function amount(text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new InvalidArgumentError('It is an amount of US dollars such as 2.50.');
  return Number(text);
}
