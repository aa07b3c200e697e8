import type { TaskChange, TaskWish } from '@nanoclaw/protocol';
import { type Command, Option } from 'commander';
import { findGroup } from '../../flows/manage-groups.ts';
import { changeTask, findTask, scheduleTask } from '../../flows/manage-tasks.ts';
import { NanoError } from '../../kernel/errors.ts';
import type { CommandContext } from '../command-context.ts';
import type { TaskAnswer } from '../control-answers.ts';
import { localTime } from '../local-time.ts';
import { throughHostOrHome } from '../reach-host.ts';

interface ChangeOptions {
  readonly prompt?: string;
  readonly cron?: string;
  readonly every?: string;
  readonly at?: string;
  readonly context?: 'group' | 'isolated';
  readonly script?: string;
  readonly model?: string;
  readonly json?: true;
}

interface AddOptions extends ChangeOptions {
  readonly group: string;
}

/** `tasks add` and `tasks update`. */
export function addTaskChangeCommands(tasks: Command, context: CommandContext): void {
  const add = tasks
    .command('add')
    .description('schedule a task for a group')
    .argument('<prompt>', 'what the agent is to do, as it is told at each run')
    .option('--group <folder>', 'the group whose agent does it', 'main');
  addScheduleOptions(add)
    .addHelpText(
      'after',
      '\nExamples:\n  nanoclaw tasks add "Brief me about the week" --cron "0 9 * * 1"\n  nanoclaw tasks add "Remind me of the dentist" --at 2027-02-01T15:30:00',
    )
    .action((prompt: string, options: AddOptions) => runAdd(prompt, options, context));
  const update = tasks
    .command('update')
    .description('change a task')
    .argument('<id>', 'as tasks list shows it')
    .option('--prompt <text>', 'what the agent is to do');
  addScheduleOptions(update).action((id: string, options: ChangeOptions) => runUpdate(id, options, context));
}

function addScheduleOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--cron <expression>', 'five fields, in the time zone of the host').conflicts(['every', 'at']),
    )
    .addOption(new Option('--every <ms>', 'an interval in milliseconds, a minute at least').conflicts(['cron', 'at']))
    .addOption(new Option('--at <time>', 'once, such as 2027-02-01T15:30:00').conflicts(['cron', 'every']))
    .addOption(
      new Option('--context <mode>', 'with the session of its chat, or with a new one each time').choices([
        'group',
        'isolated',
      ]),
    )
    .option('--script <text>', 'a Bash script that decides whether the agent is asked; "" for none')
    .option('--model <name>', 'the model of its runs; "" for the one of its group')
    .option('--json', 'print the task as a JSON object');
}

async function runAdd(prompt: string, options: AddOptions, { deps, out }: CommandContext): Promise<void> {
  const schedule = scheduleOf(options);
  if (schedule === undefined) throw new NanoError('usage', 'when is it to run? Give one of --cron, --every and --at');
  const { model, ...rest } = othersOf(options);
  const wish: TaskWish = { prompt, ...schedule, ...rest, ...(model ? { model } : {}) };
  const task = await throughHostOrHome<TaskAnswer>(deps, {
    host: (client) => client.addTask(options.group, wish),
    home({ manage, manageTasks }) {
      const group = findGroup(manage.groups, options.group);
      if (group) return { ...scheduleTask(manageTasks, group, wish) };
      throw new NanoError('not-found', `there is no group ${options.group}: see nanoclaw groups list`);
    },
  });
  show(task, options, { deps, out });
}

async function runUpdate(id: string, options: ChangeOptions, { deps, out }: CommandContext): Promise<void> {
  const change: TaskChange = {
    ...(options.prompt === undefined ? {} : { prompt: options.prompt }),
    ...scheduleOf(options),
    ...othersOf(options),
  };
  if (Object.keys(change).length === 0)
    throw new NanoError('usage', 'nothing to change: see nanoclaw tasks update --help');
  const task = await throughHostOrHome<TaskAnswer>(deps, {
    host: (client) => client.changeTask(id, change),
    home: ({ manageTasks }) => ({ ...changeTask(manageTasks, findTask(manageTasks, id), change) }),
  });
  show(task, options, { deps, out });
}

function show(task: TaskAnswer, { json }: ChangeOptions, { deps, out }: Pick<CommandContext, 'deps' | 'out'>): void {
  if (json) {
    out.json(task);
    return;
  }
  const next = task.status === 'active' && task.nextRun ? localTime(task.nextRun, deps.config().timezone) : task.status;
  out.print(`task ${task.id} of ${task.groupFolder}: ${task.scheduleType} ${task.scheduleValue}, next ${next}`);
}

function scheduleOf({
  cron,
  every,
  at,
}: ChangeOptions): Pick<TaskWish, 'schedule_type' | 'schedule_value'> | undefined {
  if (cron !== undefined) return { schedule_type: 'cron', schedule_value: cron };
  if (every !== undefined) return { schedule_type: 'interval', schedule_value: every };
  return at === undefined ? undefined : { schedule_type: 'once', schedule_value: at };
}

function othersOf({ context, script, model }: ChangeOptions): Pick<TaskChange, 'context_mode' | 'script' | 'model'> {
  return {
    ...(context === undefined ? {} : { context_mode: context }),
    ...(script === undefined ? {} : { script }),
    ...(model === undefined ? {} : { model }),
  };
}
