import type { OutputBlock } from '@nanoclaw/protocol';
import type { LiveAgents } from '../agents/live-agents.ts';
import type { RunExit } from '../agents/run-agent.ts';
import type { Channel } from '../channels/channel.ts';
import type { Group } from '../groups/group.ts';
import type { GroupStore } from '../groups/group-store.ts';
import type { Clock } from '../kernel/clock.ts';
import { describeError } from '../kernel/errors.ts';
import { failpoint } from '../kernel/failpoints.ts';
import { newId } from '../kernel/ids.ts';
import type { ChatJid } from '../messages/message.ts';
import { visiblePartial } from '../messages/outbound-text.ts';
import { earlierAttemptNote } from '../messages/prompt.ts';
import type { Turn, TurnStore } from '../messages/turn-store.ts';
import type { QueueEvent } from '../queue/queue.ts';
import type { SandboxDriver } from '../sandboxes/sandbox.ts';
import type { Deliverer } from './deliver-reply.ts';
import { mayPass, type TurnFailure } from './failure-words.ts';
import { modelFailure } from './model-failure.ts';
import type { FindPendingWork } from './pending-work.ts';
import type { RunVerdict } from './queue-runner.ts';
import { createRunVoice, type RunVoice } from './run-voice.ts';
import { type FailedTurns, type SettleDeps, settleFailure, settleResult, settleRetry } from './settle-output.ts';
import type { Spending } from './spending.ts';
import { type StartRunDeps, startRun } from './start-run.ts';
import type { TurnTimings } from './turn-timings.ts';
import type { Typing } from './typing.ts';

/** How often one turn is tried before the chat is told that it failed. */
export const MAX_TURN_ATTEMPTS = 5;

/**
 * How often a turn may be cut off by the death of its host before it is given up: it may well be what ends the host (a
 * prompt that takes all memory), and would end every host after it.
 */
export const MAX_HOST_DEATHS = 20;

/** How long a turn waits for an engine that does not answer, in milliseconds from its first attempt. */
export const MAX_ENGINE_WAIT_MS = 60 * 60_000;

export interface AnswerDeps {
  readonly run: StartRunDeps;
  readonly settle: SettleDeps;
  readonly findPendingWork: FindPendingWork;
  readonly spending: Spending;
  readonly timings: TurnTimings;
  readonly groups: GroupStore;
  readonly turns: TurnStore;
  readonly liveAgents: LiveAgents;
  readonly deliverer: Deliverer;
  readonly typing: Typing;
  readonly channelOf: (chatJid: ChatJid) => Channel | undefined;
  readonly queue: (event: QueueEvent) => void;
  /** True while the host winds down: unanswered turns are then left for the next start. */
  readonly isStopping: () => boolean;
  readonly clock: Clock;
}

/**
 * Runs a group's agent from its first prompt to the end of its sandbox. The turn is open in the database before the
 * sandbox exists, and is closed by the block that answers it or by how the sandbox ended.
 */
export async function answerGroup(deps: AnswerDeps, chatJid: ChatJid): Promise<RunVerdict> {
  const group = deps.groups.find(chatJid);
  const work = group && deps.findPendingWork(group, group.handledSeq);
  if (group === undefined || work === undefined) return { next: 'rest' };
  const { prompt, ...range } = work;
  const { fromSeq } = range;
  const runId = newId('run');
  const turn: Turn = { id: newId('turn'), chatJid, groupFolder: group.folder, runId, ...range };
  deps.turns.open(turn, deps.clock.now());
  deps.timings.opened(turn, true);
  failpoint('turn-opened');
  if (deps.turns.failuresOfKind(chatJid, fromSeq, 'host-died').count >= MAX_HOST_DEATHS) {
    return giveUp(deps, { group, turns: [{ turn, input: 0 }], why: { kind: 'host', what: 'host-died' } });
  }
  const owner = deps.groups.ownerOf(group);
  if (deps.spending.isOver(owner)) {
    return giveUp(deps, { group, turns: [{ turn, input: 0 }], why: { kind: 'host', what: 'over-budget' } });
  }
  const grant = await deps.run.grantAccess(owner);
  if ('refused' in grant) {
    return giveUp(deps, { group, turns: [{ turn, input: 0 }], why: { kind: 'host', what: grant.refused } });
  }
  deps.typing.begin(chatJid);
  const earlier = deps.turns.saidByEarlierAttempts(chatJid, fromSeq);
  const voice = createRunVoice({ ...deps.settle, earlier });
  const conversation = openConversation(deps, group, voice);
  const wantsPartials = deps.channelOf(chatJid)?.showPartial !== undefined;
  let exit: RunExit;
  try {
    const turnAtHand = (): string | undefined => deps.liveAgents.find(chatJid)?.openTurns[0]?.turn.id;
    const { onBlock } = conversation;
    const fullPrompt = prompt + earlierAttemptNote(earlier.filter((said) => said.chatJid === chatJid));
    const request = { group, runId, grant, prompt: fullPrompt, wantsPartials, voice, turnAtHand, onBlock };
    const run = startRun(deps.run, request);
    deps.liveAgents.add({ group, turn, sandboxName: run.sandboxName, mailbox: run.mailbox, stop: run.stop });
    deps.timings.started(runId);
    failpoint('sandbox-started');
    exit = await run.ended;
  } catch (error) {
    deps.run.log.error('run.not-started', { group: group.folder, run: runId, error: describeError(error) });
    exit = { kind: 'never-started', detail: describeError(error) };
  }
  deps.timings.ended(runId);
  return conversation.end(await whyEnded(deps.run.driver, exit), turn);
}

/** A sandbox that did not start may be the engine's fault, which is not the turn's. */
export async function whyEnded(driver: SandboxDriver, exit: RunExit): Promise<TurnFailure> {
  const isEngineDown = exit.kind === 'never-started' && !(await driver.available()).ok;
  return isEngineDown ? { kind: 'host', what: 'engine-down' } : { kind: 'sandbox', exit };
}

interface Conversation {
  onBlock(block: OutputBlock): void;
  /** `first` is the turn the run was started for, `why` says how its sandbox ended. */
  end(why: TurnFailure, first: Turn): RunVerdict;
}

function openConversation(deps: AnswerDeps, group: Group, voice: RunVoice): Conversation {
  let failure: TurnFailure | undefined;

  function onBlock(block: OutputBlock): void {
    const live = deps.liveAgents.find(group.jid);
    if (live === undefined || live.isCut) return;
    failpoint('block-received');
    if (block.partial !== undefined) {
      deps.channelOf(group.jid)?.showPartial?.(group.jid, visiblePartial(block.partial));
    } else if (block.status === 'error') {
      const why = modelFailure(block, () => deps.spending.isOver(deps.groups.ownerOf(group)));
      // An interruption ends one turn, not the sandbox: it is no reason for what happens to the turns after it.
      if (block.errorKind !== 'interrupted') failure = why;
      onFailure(deps, group, why, block.ack);
    } else {
      if (block.ack !== undefined) deps.timings.answered(live.runId);
      const hasText = settleResult(deps.settle, { live, voice }, block);
      if (block.ack !== undefined) deps.timings.committed(live.runId, hasText);
      if (hasText) deps.deliverer.wake(group.jid);
      restWhenAnswered(deps, group.jid);
    }
  }

  function end(why: TurnFailure, first: Turn): RunVerdict {
    const turns = deps.liveAgents.find(group.jid)?.openTurns ?? [{ turn: first, input: 0 }];
    deps.liveAgents.remove(group.jid);
    void deps.deliverer.settled(group.jid).then(() => endTyping(deps, group.jid));
    if (turns.length === 0 || deps.isStopping()) return { next: 'rest' };
    return giveUpOrRetry(deps, { group, turns, why: failure ?? why });
  }

  return { onBlock, end };
}

function endTyping(deps: AnswerDeps, chatJid: ChatJid): void {
  if (deps.liveAgents.find(chatJid)?.phase !== 'working') deps.typing.end(chatJid);
}

/** Failures that cannot pass are told at once; for the others the sandbox ends and its end decides. */
function onFailure(deps: AnswerDeps, group: Group, failure: TurnFailure, ack: number | undefined): void {
  const live = deps.liveAgents.find(group.jid);
  if (live === undefined) return;
  const isInterrupted = failure.kind === 'model' && failure.errorKind === 'interrupted';
  if (!mayPass(failure)) {
    const turns = deps.liveAgents.answeredBy(group.jid, isInterrupted ? (ack ?? live.lastInput) : live.lastInput);
    settleFailure(deps.settle, { group, turns, why: failure });
    deps.liveAgents.settled(group.jid, turns);
    deps.deliverer.wake(group.jid);
  }
  if (isInterrupted) {
    restWhenAnswered(deps, group.jid);
  } else {
    deps.queue({ kind: 'closing', group: group.jid });
    deps.liveAgents.close(group.jid);
  }
}

function restWhenAnswered(deps: AnswerDeps, chatJid: ChatJid): void {
  const live = deps.liveAgents.find(chatJid);
  if (live?.phase !== 'working' || live.openTurns.length > 0) return;
  deps.liveAgents.rest(chatJid);
  deps.queue({ kind: 'idle', group: chatJid });
  void deps.deliverer.settled(chatJid).then(() => endTyping(deps, chatJid));
}

function giveUpOrRetry(deps: AnswerDeps, failed: FailedTurns): RunVerdict {
  const { jid } = failed.group;
  const fromSeq = failed.turns[0]?.turn.fromSeq ?? 0;
  const failures = deps.turns.failuresFrom(jid, fromSeq) + 1;
  if (failed.why.kind === 'host') {
    const { count, since } = deps.turns.failuresOfKind(jid, fromSeq, failed.why.what);
    const waitedMs = deps.clock.now() - (since ?? deps.clock.now());
    return waitedMs < MAX_ENGINE_WAIT_MS ? retry(deps, failed, count + 1) : giveUp(deps, failed);
  }
  return mayPass(failed.why) && failures < MAX_TURN_ATTEMPTS ? retry(deps, failed, failures) : giveUp(deps, failed);
}

function retry(deps: AnswerDeps, failed: FailedTurns, failures: number): RunVerdict {
  settleRetry(deps.settle, failed);
  return { next: 'retry', failures };
}

/** The turn is over, and its chat is told why. */
function giveUp(deps: AnswerDeps, failed: FailedTurns): RunVerdict {
  settleFailure(deps.settle, failed);
  deps.deliverer.wake(failed.group.jid);
  return { next: 'rest' };
}
