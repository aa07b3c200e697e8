import { TaskChange, TaskWish } from '@nanoclaw/protocol';
import { z } from 'zod';
import type { Mailbox } from './mailbox.ts';
import { defineTool, type Tool } from './mcp-server.ts';
import { type HostAnswer, hostDecision } from './tool-result.ts';

/** What the tools that make and change tasks need. */
export interface TaskToolDeps {
  readonly mailbox: Mailbox;
  /** IANA name of the owner's time zone, if it is known. */
  readonly timezone: string | undefined;
}

const shared = {
  schedule_value: TaskWish.shape.schedule_value.describe(
    'cron: five fields, such as "0 9 * * 1". interval: milliseconds, 60000 or more. once: local time, such as "2027-02-01T15:30:00"',
  ),
  context_mode: TaskWish.shape.context_mode.describe(
    "group (default): with this chat's conversation. isolated: without; the prompt must then say everything",
  ),
  script: TaskWish.shape.script.describe(
    'Bash, run first, 30 s at most. Its last line of output must be JSON: {"wakeAgent": false} ends the run without you, {"wakeAgent": true, "data": …} gives you the data. Use it for whatever runs more than twice a day, and try it in your shell first',
  ),
  model: z.string().optional().describe('A model for its runs'),
};

const ScheduleArgs = TaskWish.extend({
  ...shared,
  prompt: TaskWish.shape.prompt.describe('What you are to do at each run. Only its final text goes to the chat'),
  target_group_jid: z.string().optional().describe('From the main chat: the chat whose agent does it'),
});

/** `schedule_task`: a task of this chat, or from the main chat one of another. */
export function scheduleTaskTool({ mailbox, timezone }: TaskToolDeps): Tool {
  return defineTool({
    name: 'schedule_task',
    description: `Schedule work for later or at regular times. Times are in ${timezone ?? 'the time zone of the host'}.`,
    isAlwaysLoaded: false,
    args: ScheduleArgs,
    async run({ target_group_jid: targetJid, ...wish }) {
      const request = { type: 'schedule_task' as const, ...wish, ...(targetJid === undefined ? {} : { targetJid }) };
      const said = (answer: HostAnswer) =>
        `Task ${String(answer['taskId'])} scheduled: ${wish.schedule_type} - ${wish.schedule_value}. ${nextTime(answer, timezone)}`;
      return hostDecision(await mailbox.change(request), said);
    },
  });
}

const UpdateArgs = z.object({
  task_id: z.string(),
  ...TaskChange.shape,
  schedule_value: shared.schedule_value.optional(),
  script: TaskChange.shape.script.describe('"" takes it away'),
  model: z.string().optional().describe('"" takes it away'),
});

/** `update_task`: what is not given stays as it is. */
export function updateTaskTool({ mailbox, timezone }: TaskToolDeps): Tool {
  return defineTool({
    name: 'update_task',
    description: 'Change a scheduled task; what you leave out stays as it is.',
    isAlwaysLoaded: false,
    args: UpdateArgs,
    async run({ task_id: taskId, ...change }) {
      const outcome = await mailbox.change({ type: 'update_task', taskId, ...change });
      return hostDecision(outcome, (answer) => `Task ${taskId} updated. ${nextTime(answer, timezone)}`);
    },
  });
}

const ACTIONS = {
  pause_task: { about: 'Keep a scheduled task from running until it is resumed.', done: 'paused' },
  resume_task: { about: 'Let a paused task go on with the next time of its schedule.', done: 'resumed' },
  cancel_task: { about: 'Remove a scheduled task for good.', done: 'cancelled' },
} as const;

/** `pause_task`, `resume_task` and `cancel_task`. */
export function taskActionTools({ mailbox, timezone }: TaskToolDeps): Tool[] {
  return (['pause_task', 'resume_task', 'cancel_task'] as const).map((name) =>
    defineTool({
      name,
      description: ACTIONS[name].about,
      isAlwaysLoaded: false,
      args: z.object({ task_id: z.string() }),
      async run({ task_id: taskId }) {
        const outcome = await mailbox.change({ type: name, taskId });
        const next = (answer: HostAnswer) => (name === 'resume_task' ? ` ${nextTime(answer, timezone)}` : '');
        return hostDecision(outcome, (answer) => `Task ${taskId} ${ACTIONS[name].done}.${next(answer)}`);
      },
    }),
  );
}

/** When the task runs next, as people of its time zone write it. */
function nextTime(answer: HostAnswer, timezone: string | undefined): string {
  const next = new Date(String(answer['nextRun'] ?? ''));
  if (answer['status'] !== 'active' || Number.isNaN(next.getTime())) return `It is ${String(answer['status'])}.`;
  const zone = timezone === undefined ? {} : { timeZone: timezone };
  const day = next.toLocaleDateString('en-GB', { weekday: 'long', ...zone });
  // Swedish writes dates in the order of ISO 8601.
  const time = next.toLocaleString('sv-SE', { dateStyle: 'short', timeStyle: 'short', ...zone });
  return `Next run: ${day} ${time}${timezone === undefined ? '' : ` (${timezone})`}.`;
}
