import type { Command } from 'commander';
import {
  cancelTask,
  findTask,
  type ManageTasksDeps,
  pauseTask,
  resumeTask,
  runTaskNow,
  showTask,
} from '../../flows/manage-tasks.ts';
import type { TaskDetail } from '../../tasks/task.ts';
import type { CommandContext } from '../command-context.ts';
import type { TaskAnswer } from '../control-answers.ts';
import type { ControlClient } from '../control-client.ts';
import { localTime } from '../local-time.ts';
import { throughHostOrHome } from '../reach-host.ts';
import { formatTable, neutralise } from '../terminal-text.ts';
import { addTaskChangeCommands } from './task-changes.ts';

interface JsonOption {
  readonly json?: true;
}

interface ListOptions extends JsonOption {
  readonly group?: string;
  readonly all?: true;
}

/** Most of a prompt in a list, in characters. */
const MAX_LISTED_CHARS = 50;

/** What is done to a task by its id alone. */
const ACTIONS = {
  run: {
    about: 'do a task once more now, whatever its schedule says',
    said: 'will run now',
    host: (client: ControlClient, id: string) => client.actOnTask(id, 'run'),
    home: runTaskNow,
  },
  pause: {
    about: 'keep a task from running until it is resumed',
    said: 'is paused',
    host: (client: ControlClient, id: string) => client.actOnTask(id, 'pause'),
    home: pauseTask,
  },
  resume: {
    about: 'let a paused task go on with the next time of its schedule',
    said: 'is active',
    host: (client: ControlClient, id: string) => client.actOnTask(id, 'resume'),
    home: resumeTask,
  },
  cancel: {
    about: 'remove a task and what is known of its runs',
    said: 'is cancelled',
    host: (client: ControlClient, id: string) => client.cancelTask(id),
    home(manage: ManageTasksDeps, task: TaskDetail): TaskDetail {
      cancelTask(manage, task);
      return task;
    },
  },
} as const;

export function addTasksCommand(program: Command, context: CommandContext): void {
  const tasks = program.command('tasks').description('list, show, add, change, run, pause and cancel scheduled tasks');
  tasks
    .command('list')
    .description('list the scheduled tasks')
    .option('--group <folder>', 'of one group only')
    .option('--all', 'completed ones, too')
    .option('--json', 'print a JSON array')
    .action((options: ListOptions) => listTasks(options, context));
  tasks
    .command('show')
    .description('show a task and its newest runs')
    .argument('<id>', 'as tasks list shows it')
    .option('--json', 'print a JSON object')
    .action((id: string, options: JsonOption) => runShow(id, options, context));
  addTaskChangeCommands(tasks, context);
  for (const [name, { about }] of Object.entries(ACTIONS)) {
    tasks
      .command(name)
      .description(about)
      .argument('<id>', 'as tasks list shows it')
      .option('--json', 'print the task as a JSON object')
      .action((id: string, options: JsonOption) => act(name as keyof typeof ACTIONS, { id, options }, context));
  }
}

async function listTasks(options: ListOptions, { deps, out }: CommandContext): Promise<void> {
  const all = await throughHostOrHome<readonly TaskAnswer[]>(deps, {
    host: (client) => client.tasks(),
    home: ({ manageTasks }) => manageTasks.tasks.details().map((task) => ({ ...task })),
  });
  const tasks = all
    .filter(({ groupFolder }) => options.group === undefined || groupFolder === options.group)
    .filter(({ status }) => options.all === true || status !== 'completed');
  if (options.json) return out.json(tasks);
  if (tasks.length === 0) return out.note('no tasks are scheduled: nanoclaw tasks add --help');
  const { timezone } = deps.config();
  const rows = tasks.map((task) => [
    task.id,
    task.groupFolder,
    `${task.scheduleType} ${task.scheduleValue}`,
    task.status === 'active' && task.nextRun !== null ? localTime(task.nextRun, timezone) : task.status,
    brief(task.prompt),
  ]);
  out.print(formatTable([['ID', 'GROUP', 'SCHEDULE', 'NEXT', 'PROMPT'], ...rows.map((row) => row.map(neutralise))]));
}

function brief(prompt: string): string {
  const line = prompt.replaceAll(/\s+/g, ' ');
  return line.length > MAX_LISTED_CHARS ? `${line.slice(0, MAX_LISTED_CHARS)}…` : line;
}

async function runShow(id: string, options: JsonOption, { deps, out }: CommandContext): Promise<void> {
  const task = await throughHostOrHome<TaskAnswer>(deps, {
    host: (client) => client.task(id),
    home({ manageTasks }) {
      const { runs, ...shown } = showTask(manageTasks, id);
      return { ...shown, runs: runs.map((run) => ({ ...run })) };
    },
  });
  if (options.json) return out.json(task);
  const { timezone } = deps.config();
  const time = (instant: string | null | undefined, none: string): string =>
    instant ? localTime(instant, timezone) : none;
  const rows = [
    ['id', task.id],
    ['group', task.groupFolder],
    ['status', task.status],
    ['schedule', `${task.scheduleType} ${task.scheduleValue}`],
    ['next', task.status === 'active' ? time(task.nextRun, 'never') : 'not while it is not active'],
    ['context', task.contextMode],
    ['model', task.model ?? 'as its group'],
    ['script', task.script ? 'decides whether the agent is asked' : 'none'],
    ['prompt', task.prompt],
    ['last run', time(task.lastRun, 'none yet')],
    ['last result', task.lastResult ?? 'none yet'],
  ];
  out.print(formatTable(rows.map(([name = '', value = '']) => [name, neutralise(value)])));
  const runs = (task.runs ?? []).map((run) => [
    localTime(run.runAt, timezone),
    run.status,
    `${run.durationMs} ms`,
    brief(run.error ?? run.result ?? ''),
  ]);
  if (runs.length > 0)
    out.print(`\n${formatTable([['RUN', 'STATUS', 'TOOK', 'RESULT'], ...runs.map((row) => row.map(neutralise))])}`);
}

async function act(
  name: keyof typeof ACTIONS,
  { id, options }: { id: string; options: JsonOption },
  { deps, out }: CommandContext,
): Promise<void> {
  const action = ACTIONS[name];
  const task = await throughHostOrHome<TaskAnswer>(deps, {
    host: (client) => action.host(client, id),
    home: ({ manageTasks }) => ({ ...action.home(manageTasks, findTask(manageTasks, id)) }),
  });
  if (options.json) out.json(task);
  else out.print(`task ${task.id} ${action.said}`);
}
