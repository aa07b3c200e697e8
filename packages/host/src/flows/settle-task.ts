import type { OutputBlock } from '@nanoclaw/protocol';
import type { LiveAgents } from '../agents/live-agents.ts';
import type { Group } from '../groups/group.ts';
import type { GroupStore } from '../groups/group-store.ts';
import { failpoint } from '../kernel/failpoints.ts';
import type { Log } from '../kernel/log.ts';
import type { ChatJid } from '../messages/message.ts';
import { visibleText } from '../messages/outbound-text.ts';
import type { OutboxStore } from '../messages/outbox-store.ts';
import type { Database } from '../store/open-store.ts';
import { runKey, type Task, type TaskRun } from '../tasks/task.ts';
import type { TaskRunStore } from '../tasks/task-run-store.ts';
import type { TaskStore } from '../tasks/task-store.ts';
import { failureCode, failureReason, type TurnFailure, taskFailureSentence } from './failure-words.ts';
import type { RunVoice } from './run-voice.ts';
import type { Spending } from './spending.ts';

/** How often a run that ends with its host is begun before it is given up: it may well be what ends the host. */
export const MAX_INTERRUPTED_ATTEMPTS = 3;

/** How often a task may fail in a row before it is paused. */
export const MAX_FAILED_RUNS = 5;

/** Kinds of failures that say nothing about a task: somebody stopped it, or something around it was not there. */
const BLAMELESS = [
  'interrupted',
  'host-died',
  'engine-down',
  'over-budget',
  'credentials-down',
  'credentials-refused',
  'auth',
  'billing',
  'network',
  'overloaded',
  'rate-limit',
];

/** Most characters of a prompt by which a chat is told which task is meant. */
const MAX_NAME_CHARS = 60;

export interface SettleTaskDeps {
  readonly database: Database;
  readonly groups: GroupStore;
  readonly outbox: OutboxStore;
  readonly spending: Spending;
  readonly tasks: TaskStore;
  readonly taskRuns: TaskRunStore;
  readonly liveAgents: LiveAgents;
  /** A text for this chat was stored. */
  readonly onOutgoing: (chatJid: ChatJid) => void;
  readonly now: () => number;
  readonly log: Log;
}

/** A run that is under way. */
export interface TaskJob {
  readonly group: Group;
  readonly task: Task;
  readonly run: TaskRun;
  readonly startedAt: number;
}

/**
 * Stores what a success block says in one transaction: text for the chat, session (of a task that goes on with its
 * group's), usage and, when it is the result, the end of the run.
 */
export function settleTaskBlock(
  deps: SettleTaskDeps,
  { job, voice, isResult }: { job: TaskJob; voice: RunVoice; isResult: boolean },
  block: OutputBlock,
): void {
  const { group, task, run } = job;
  const text = visibleText(block.result ?? '');
  deps.database.transaction(() => {
    if (task.contextMode === 'group' && block.newSessionId !== undefined) {
      deps.groups.setSession(group.folder, block.newSessionId);
    }
    if (text !== '') voice.say({ chatJid: group.jid, text, origin: 'answer', turnId: runKey(run) });
    if (block.usage) {
      deps.spending.add(group, { ...block.usage, turnId: runKey(run) });
    }
    if (isResult) finish(deps, job, { status: 'success', result: block.result });
  })();
  if (isResult) failpoint('task-finished');
  deps.onOutgoing(group.jid);
  if (isResult) deps.log.info('task.finished', { group: group.folder, task: task.id, run: run.id, chars: text.length });
}

/**
 * Ends a run that failed for good, and tells the chat in one sentence; nothing after an interruption, which somebody has
 * asked for, and nothing about what failed in the same way the last time already: tasks may run often. A task that has
 * failed so many times in a row is paused, so that it costs no more.
 */
export function settleTaskFailure(deps: SettleTaskDeps, job: TaskJob, why: TurnFailure): void {
  const { group, task, run } = job;
  const error = failureReason(why);
  const code = failureCode(why);
  const isKnown = code === 'interrupted' || deps.taskRuns.errorBefore(run) === error;
  deps.database.transaction(() => {
    finish(deps, job, { status: 'error', error, code });
    if (!isKnown) tell(deps, job, taskFailureSentence(nameOf(task), why));
    const isHopeless = deps.taskRuns.failedInARow(task.id, BLAMELESS) >= MAX_FAILED_RUNS;
    if (isHopeless && task.status === 'active' && !BLAMELESS.includes(code)) {
      pauseBrokenTask(deps, task, `it has failed ${MAX_FAILED_RUNS} times in a row: ${error}`);
    }
  })();
  failpoint('task-finished');
  deps.log.warn('task.given-up', { group: group.folder, task: task.id, run: run.id, reason: code });
}

/** A run that could not begin because the engine does not answer: it waits, and that is no attempt. */
export function settleTaskDelay(deps: SettleTaskDeps, { group, run }: TaskJob): void {
  deps.taskRuns.putBack(run);
  deps.log.warn('task.waits-for-engine', { group: group.folder, task: run.taskId, run: run.id });
}

/** A run that will be tried again. */
export function settleTaskRetry(deps: SettleTaskDeps, { group, run }: TaskJob, why: TurnFailure): void {
  deps.taskRuns.again(run);
  deps.log.warn('task.will-retry', { group: group.folder, task: run.taskId, run: run.id, reason: failureCode(why) });
}

/**
 * Takes care of runs that no sandbox works on any more: their host has died, or their end could not be stored. Such a
 * run is done once more when it has said nothing yet; otherwise it would say things twice, and the chat is told instead.
 */
export function recoverTaskRuns(deps: SettleTaskDeps): void {
  const owned = new Set(deps.liveAgents.list().map(({ taskRun }) => taskRun));
  for (const run of deps.taskRuns.running()) {
    if (owned.has(run.id)) continue;
    const isSilent = deps.outbox.saidAs(runKey(run)).length === 0;
    if (isSilent && run.attempt < MAX_INTERRUPTED_ATTEMPTS) deps.taskRuns.again(run);
    else giveUpInterrupted(deps, run, isSilent);
    deps.log.warn('task.found-interrupted', { group: run.groupFolder, task: run.taskId, run: run.id, isSilent });
  }
}

function giveUpInterrupted(deps: SettleTaskDeps, run: TaskRun, isSilent: boolean): void {
  const group = deps.groups.ofFolder(run.groupFolder);
  const task = deps.tasks.find(run.taskId);
  const now = deps.now();
  const reason = isSilent ? `it was interrupted ${run.attempt} times` : 'it was interrupted after its first words';
  deps.database.transaction(() => {
    deps.taskRuns.finish(run, { status: 'error', error: 'interrupted', code: 'host-died' }, { now, durationMs: 0 });
    if (group === undefined || task === undefined) return;
    tell(deps, { group, run }, `The scheduled task ${nameOf(task)} is not done again: ${reason}.`);
  })();
}

/** Takes a task that cannot be kept out of the schedule; its chat, if it has one, is told. */
export function pauseBrokenTask(deps: SettleTaskDeps, task: Task, reason: string): void {
  const group = deps.groups.ofFolder(task.groupFolder);
  deps.database.transaction(() => {
    deps.tasks.pause(task.id, reason);
    if (group === undefined) return;
    const text = `The scheduled task ${nameOf(task)} is paused: ${reason}.`;
    deps.outbox.add({ chatJid: group.jid, text, origin: 'notice', now: deps.now() });
    deps.onOutgoing(group.jid);
  })();
  deps.log.warn('task.paused', { group: task.groupFolder, task: task.id, reason });
}

function finish(deps: SettleTaskDeps, job: TaskJob, outcome: Parameters<TaskRunStore['finish']>[1]): void {
  const now = deps.now();
  deps.taskRuns.finish(job.run, outcome, { now, durationMs: now - job.startedAt });
}

function tell(deps: SettleTaskDeps, { group, run }: Pick<TaskJob, 'group' | 'run'>, text: string): void {
  deps.outbox.add({ chatJid: group.jid, text, origin: 'notice', turnId: runKey(run), now: deps.now() });
  deps.onOutgoing(group.jid);
}

/** The beginning of the prompt, in quotes: ids mean nothing to people. */
function nameOf({ prompt }: Task): string {
  const line = prompt.trim().replaceAll(/\s+/g, ' ');
  const short = line.length <= MAX_NAME_CHARS ? line : `${line.slice(0, MAX_NAME_CHARS).trimEnd()}…`;
  return `"${short.replace(/[\uD800-\uDBFF]…$/, '…')}"`;
}
