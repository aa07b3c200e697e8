import { ModelName } from '@nanoclaw/protocol';
import type { Group } from '../groups/group.ts';
import { assertNever } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { HOST_COMMANDS, type HostCommand } from '../messages/host-command.ts';
import type { ChatInfo, Seq } from '../messages/message.ts';
import { slotsInUse } from '../queue/queue.ts';
import { runKey } from '../tasks/task.ts';
import { askApproval } from './ask-approval.ts';
import type { HostCommandDeps } from './host-commands.ts';
import { listTeam } from './manage-team.ts';

/** What a command says, and what is to be done outside the database once it is committed. */
export interface CommandAnswer {
  readonly text: string;
  readonly afterwards?: () => void;
}

/** A command that its sender may give. */
export interface GivenCommand {
  readonly command: HostCommand;
  readonly chat: ChatInfo;
  readonly group: Group | undefined;
  /** Of the command's own message: what came before it is what it is about. */
  readonly seq: Seq;
}

/** Most tasks that are listed in a chat. */
const MAX_LISTED_TASKS = 20;

/** Most of a task's prompt that is shown, in UTF-16 code units. */
const MAX_PROMPT_CHARS = 80;

/** Does what the command asks for, as far as that is in the database; runs in the transaction of the command's message. */
export function carryOut(deps: HostCommandDeps, given: GivenCommand): CommandAnswer {
  const { command, chat, group } = given;
  if (command.name === 'ping') return { text: `${deps.assistantName} is here.` };
  if (command.name === 'chatid') return { text: chat.jid };
  if (group === undefined) throw new Error('only registered chats have other commands');
  switch (command.name) {
    case 'help':
      return {
        text: Object.entries(HOST_COMMANDS)
          .map(([name, line]) => `/${name}: ${line}`)
          .join('\n'),
      };
    case 'status':
      return { text: describeChat(deps, group) };
    case 'stop':
      return stopWork(deps, group, given.seq);
    case 'clear':
      return clearSession(deps, group);
    case 'compact':
      return compactSession(deps, group);
    case 'model':
      return chooseModel(deps, group, command.argument);
    case 'tasks':
      return { text: describeTasks(deps, group) };
    case 'remote-control':
      return askRemoteControl(deps, group);
    case 'remote-control-end':
      return endRemoteControl(deps, group);
    default:
      return assertNever(command.name);
  }
}

const MAIN_ONLY: CommandAnswer = { text: 'Remote Control is for the main chat alone.' };

/** It has the powers of the host's own user, so it takes a second word; begun before, it is the same session. */
function askRemoteControl({ remoteControl, asked }: HostCommandDeps, group: Group): CommandAnswer {
  if (!group.isMain) return MAIN_ONLY;
  const url = remoteControl.current()?.url;
  if (url) return { text: url };
  const wish =
    'start Remote Control: whoever has the address and your Claude account works on this machine as you, outside of every sandbox.';
  const about = { groupFolder: group.folder, kind: 'remote-control', subject: 'a session', wish } as const;
  const verdict = askApproval(asked, { ...about, user: newId('command') });
  if (verdict.kind === 'refused') return { text: `Remote Control failed: ${verdict.why}` };
  return { text: 'Remote Control takes a second word: see the question.' };
}

function endRemoteControl({ remoteControl }: HostCommandDeps, group: Group): CommandAnswer {
  if (!group.isMain) return MAIN_ONLY;
  return { text: remoteControl.end() ? 'Remote Control session ended.' : 'No active Remote Control session' };
}

function describeChat(deps: HostCommandDeps, group: Group): string {
  const live = deps.liveAgents.find(group.jid);
  const { cap, places } = deps.queue();
  const phase = places.get(group.jid)?.phase;
  const doing =
    live?.phase === 'working'
      ? live.taskRun === undefined
        ? 'I am working on your messages.'
        : 'I am working on a scheduled task.'
      : phase === 'waiting'
        ? 'This chat waits for a free place.'
        : phase === 'backoff'
          ? 'Something went wrong; I try again in a moment.'
          : 'I have nothing to do in this chat.';
  const unsent = deps.outbox.countUnsent(group.jid);
  const lines = [
    doing,
    ...describeTeam(deps, group),
    `Places in use: ${slotsInUse(places)} of ${cap}.`,
    ...(unsent > 0 ? [`Texts that are not sent yet: ${unsent}.`] : []),
    `Model: ${group.model ?? deps.defaultModel ?? 'the default'}.`,
  ];
  return lines.join('\n');
}

/**
 * Ends the turn, or the task's run, at hand; what was not answered yet counts as handled and stays as context. The turns
 * are over in the database at once, so that a host that dies now does not begin them again.
 */
function stopWork(deps: HostCommandDeps, group: Group, seq: Seq): CommandAnswer {
  const now = deps.now();
  const live = deps.liveAgents.find(group.jid);
  const isWorking = live?.phase === 'working';
  for (const { turn } of live?.openTurns ?? []) {
    deps.turns.finish(turn.id, { state: 'failed', errorKind: 'interrupted' }, now);
  }
  for (const run of deps.taskRuns.running()) {
    if (run.id !== live?.taskRun || !isWorking) continue;
    deps.taskRuns.finish(run, { status: 'error', error: 'interrupted', code: 'interrupted' }, { now, durationMs: 0 });
    deps.log.info('task.stopped', { group: group.folder, task: run.taskId, run: runKey(run) });
  }
  const waits = deps.queue().places.get(group.jid)?.phase;
  deps.groups.markHandled(group.jid, seq);
  const isTeamWorking = deps.groups.teamOf(group.folder).some(({ jid }) => deps.queue().places.has(jid));
  const afterwards = (): void => {
    deps.stopTeam(group);
    if (isWorking) deps.liveAgents.cut(group.jid);
  };
  if (isWorking || isTeamWorking) return { text: 'I stopped.', afterwards };
  return { text: waits === 'waiting' || waits === 'backoff' ? 'I will not begin.' : 'There is nothing to stop.' };
}

function clearSession(deps: HostCommandDeps, group: Group): CommandAnswer {
  if (deps.liveAgents.find(group.jid)?.phase === 'working') return { text: BUSY };
  deps.groups.clearSession(group.folder);
  return {
    text: 'A new conversation begins with your next message. Files and memory stay.',
    afterwards: () => deps.liveAgents.cut(group.jid),
  };
}

const BUSY = 'I am working at the moment: /stop me first, or wait for the answer.';

/** The summary is made by the agent, in a run of its own that the database knows, like that of a task. */
function compactSession(deps: HostCommandDeps, group: Group): CommandAnswer {
  if (deps.groups.sessionOf(group.folder) === undefined) return { text: 'There is no conversation to sum up yet.' };
  deps.taskRuns.claimCompaction(group, deps.now());
  return { text: 'I sum up our conversation now. Messages wait until that is done.', afterwards: deps.wakeTasks };
}

function chooseModel(deps: HostCommandDeps, group: Group, wish: string): CommandAnswer {
  const standard = deps.defaultModel ?? 'the default of the agent';
  if (wish === '') return { text: `The model of this chat is ${group.model ?? standard}.` };
  if (wish !== 'default' && !ModelName.safeParse(wish).success) return { text: 'That is no name of a model.' };
  const model = wish === 'default' ? null : wish;
  deps.groups.change(group.jid, { model });
  return {
    text: `From the next message on the model of this chat is ${model ?? standard}.`,
    // A sandbox at rest has the old one. One that works finishes with it.
    afterwards: () => {
      if (deps.liveAgents.find(group.jid)?.phase === 'resting') deps.liveAgents.cut(group.jid);
    },
  };
}

function describeTeam({ groups, liveAgents }: HostCommandDeps, group: Group): string[] {
  const team = listTeam({ groups, liveAgents: () => liveAgents }, group).map(({ name, phase }) => `${name} (${phase})`);
  return team.length === 0 ? [] : [`Teammates: ${team.join(', ')}.`];
}

function describeTasks(deps: HostCommandDeps, group: Group): string {
  const tasks = deps.tasks.visibleTo(group).filter(({ status }) => status !== 'completed');
  if (tasks.length === 0) return 'No tasks are scheduled.';
  const lines = tasks
    .slice(0, MAX_LISTED_TASKS)
    .map(({ groupFolder, prompt, schedule_type, schedule_value, status, next_run }) => {
      const what = prompt.length > MAX_PROMPT_CHARS ? `${prompt.slice(0, MAX_PROMPT_CHARS)}…` : prompt;
      const next = status === 'paused' ? 'paused' : `next ${localTime(next_run, deps.timezone)}`;
      const where = groupFolder === group.folder ? '' : ` in ${groupFolder}`;
      return `- ${what.replaceAll(/\s+/g, ' ')} (${schedule_type} ${schedule_value}, ${next}${where})`;
    });
  const more = tasks.length > MAX_LISTED_TASKS ? [`… and ${tasks.length - MAX_LISTED_TASKS} more`] : [];
  return [...lines, ...more].join('\n');
}

function localTime(instant: string | null, timezone: string): string {
  const date = new Date(instant ?? '');
  if (Number.isNaN(date.getTime())) return 'never';
  return date.toLocaleString('en-GB', { timeZone: timezone, dateStyle: 'medium', timeStyle: 'short' });
}
