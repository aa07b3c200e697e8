import type { OutputBlock } from '@nanoclaw/protocol';
import type { LiveAgents } from '../agents/live-agents.ts';
import type { RunExit } from '../agents/run-agent.ts';
import type { GroupStore } from '../groups/group-store.ts';
import type { Clock } from '../kernel/clock.ts';
import { describeError } from '../kernel/errors.ts';
import { failpoint } from '../kernel/failpoints.ts';
import { newId } from '../kernel/ids.ts';
import type { ChatJid } from '../messages/message.ts';
import { earlierAttemptNote } from '../messages/prompt.ts';
import type { QueueEvent } from '../queue/queue.ts';
import { mayRun, runKey } from '../tasks/task.ts';
import { MAX_TURN_ATTEMPTS, whyEnded } from './answer-group.ts';
import { mayPass, type TurnFailure } from './failure-words.ts';
import { modelFailure } from './model-failure.ts';
import type { RunVerdict } from './queue-runner.ts';
import { createRunVoice, type RunVoice, type SaidText } from './run-voice.ts';
import {
  type SettleTaskDeps,
  settleTaskBlock,
  settleTaskDelay,
  settleTaskFailure,
  settleTaskRetry,
  type TaskJob,
} from './settle-task.ts';
import { type StartRunDeps, startRun } from './start-run.ts';

export interface RunTaskDeps {
  readonly run: StartRunDeps;
  readonly settle: SettleTaskDeps;
  readonly groups: GroupStore;
  readonly liveAgents: LiveAgents;
  readonly queue: (event: QueueEvent) => void;
  /** Looks for more work of the chat: messages may have come that this sandbox did not take, other tasks may be due. */
  readonly reconsider: (chatJid: ChatJid) => void;
  /** True while the host winds down: a run that is not over is then left for the next start. */
  readonly isStopping: () => boolean;
  readonly clock: Clock;
}

/**
 * Does the group's next claimed run of a task, if there is one; undefined otherwise. The task is read again: one that was
 * paused since its run was claimed does not run.
 */
export function runNextTask(deps: RunTaskDeps, chatJid: ChatJid): Promise<RunVerdict> | undefined {
  const { tasks, taskRuns, log } = deps.settle;
  const group = deps.groups.find(chatJid);
  if (group === undefined) return undefined;
  for (let run = taskRuns.nextClaimedOf(group.folder); run; run = taskRuns.nextClaimedOf(group.folder)) {
    const task = tasks.find(run.taskId);
    const startedAt = deps.clock.now();
    if (task !== undefined && mayRun(task)) return runTask(deps, { group, task, run, startedAt });
    taskRuns.skip(run, `the task is ${task?.status ?? 'gone'}`, startedAt);
    log.info('task.skipped', { group: group.folder, task: run.taskId, run: run.id });
  }
  return undefined;
}

/** The run is `running` in the database before its sandbox exists, and over with the block that is its result. */
async function runTask(deps: RunTaskDeps, job: TaskJob): Promise<RunVerdict> {
  const { group, task, run } = job;
  const runId = newId('run');
  const earlier = deps.settle.outbox.saidAs(runKey(run));
  deps.settle.taskRuns.start(run, job.startedAt);
  const voice = createRunVoice({ ...deps.settle, earlier });
  const { onBlock, end } = openRun(deps, job, voice);
  if (deps.settle.spending.isOver(group)) {
    settleTaskFailure(deps.settle, job, { kind: 'host', what: 'over-budget' });
    return { next: 'rest' };
  }
  const grant = await deps.run.grantAccess(group);
  if ('refused' in grant) {
    settleTaskFailure(deps.settle, job, { kind: 'host', what: grant.refused });
    return { next: 'rest' };
  }
  let exit: RunExit;
  try {
    const started = startRun(deps.run, {
      group,
      runId,
      grant,
      prompt: promptOf(job, earlier),
      wantsPartials: false,
      voice,
      turnAtHand: () => runKey(run),
      onBlock,
      task,
    });
    const { sandboxName, mailbox, stop } = started;
    deps.liveAgents.addTask({ group, runId, taskRun: run.id, sandboxName, mailbox, stop });
    failpoint('task-started');
    exit = await started.ended;
  } catch (error) {
    deps.run.log.error('run.not-started', { group: group.folder, run: runId, error: describeError(error) });
    exit = { kind: 'never-started', detail: describeError(error) };
  }
  return end(await whyEnded(deps.run.driver, exit));
}

function promptOf({ group, task }: TaskJob, earlier: readonly SaidText[]): string {
  return task.prompt + earlierAttemptNote(earlier.filter(({ chatJid }) => chatJid === group.jid));
}

function openRun(deps: RunTaskDeps, job: TaskJob, voice: RunVoice) {
  const { jid } = job.group;
  let isOver = false;
  let failure: TurnFailure | undefined;

  function onBlock(block: OutputBlock): void {
    if (block.partial !== undefined || deps.liveAgents.find(jid)?.isCut) return;
    failpoint('block-received');
    if (block.status === 'error') {
      onFailure(modelFailure(block, () => deps.settle.spending.isOver(job.group)));
      return;
    }
    // A block without an acknowledgement tells of the session only; the prompt is not answered yet.
    const isResult = !isOver && block.ack !== undefined;
    settleTaskBlock(deps.settle, { job, voice, isResult }, block);
    if (!isResult) return;
    isOver = true;
    deps.liveAgents.rest(jid);
    deps.queue({ kind: 'idle', group: jid });
    deps.reconsider(jid);
  }

  /** A failure that cannot pass is told at once; for the others the sandbox ends and its end decides. */
  function onFailure(why: TurnFailure): void {
    failure = why;
    if (!isOver && !mayPass(why)) giveUp(why);
    deps.queue({ kind: 'closing', group: jid });
    deps.liveAgents.close(jid);
  }

  function giveUp(why: TurnFailure): void {
    settleTaskFailure(deps.settle, job, why);
    isOver = true;
  }

  function end(how: TurnFailure): RunVerdict {
    const isCut = deps.liveAgents.find(jid)?.isCut;
    deps.liveAgents.remove(jid);
    if (isOver || isCut || deps.isStopping()) return { next: 'rest' };
    const why = failure ?? how;
    const { attempt } = job.run;
    if (why.kind === 'host') {
      settleTaskDelay(deps.settle, job);
      return { next: 'retry', failures: attempt };
    }
    if (mayPass(why) && attempt < MAX_TURN_ATTEMPTS) {
      settleTaskRetry(deps.settle, job, why);
      return { next: 'retry', failures: attempt };
    }
    giveUp(why);
    return { next: 'rest' };
  }

  return { onBlock, end };
}
