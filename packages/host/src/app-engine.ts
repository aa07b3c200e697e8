import { createLiveAgents } from './agents/live-agents.ts';
import { grantAccess } from './app-access.ts';
import type { Base } from './app-base.ts';
import { type MakeChannel, type Nature, SYSTEM_NATURE, startChats } from './app-chats.ts';
import { createCommands } from './app-commands.ts';
import { openMailboxes } from './app-mailboxes.ts';
import type { Manage } from './app-manage.ts';
import { runSettings } from './app-settings.ts';
import { createTurnQueue, startTasks } from './app-tasks.ts';
import { startUpkeep } from './app-upkeep.ts';
import type { Channel, Inbox } from './channels/channel.ts';
import type { LocalChannel } from './channels/local/local-channel.ts';
import type { Approvals } from './flows/approvals.ts';
import type { ChannelHealth } from './flows/channel-health.ts';
import type { Deliverer } from './flows/deliver-reply.ts';
import type { TakeCommand } from './flows/host-commands.ts';
import { stopTeamWork } from './flows/manage-team.ts';
import { type MessageLoop, startMessageLoop } from './flows/message-loop.ts';
import type { OwnerWords } from './flows/owner-words.ts';
import type { Pairing } from './flows/pair-chat.ts';
import { createFindPendingWork, type FindPendingWork } from './flows/pending-work.ts';
import type { QueueRunner } from './flows/queue-runner.ts';
import type { StartRunDeps } from './flows/start-run.ts';
import type { TaskLoop } from './flows/task-loop.ts';
import { createTurnTimings, type TurnTimings } from './flows/turn-timings.ts';
import type { RunTokens } from './gateway/run-tokens.ts';
import type { Group } from './groups/group.ts';
import type { ChatJid, StoredMessage } from './messages/message.ts';

/** The running message path. */
export interface Engine {
  readonly local: LocalChannel;
  /** All channels, the local one first. */
  readonly channels: readonly Channel[];
  /** What channels hand over to. */
  readonly inbox: Inbox;
  /** How the owner's words get into any chat. */
  readonly say: OwnerWords;
  readonly health: ChannelHealth;
  readonly pairing: Pairing;
  readonly deliverer: Deliverer;
  readonly liveAgents: ReturnType<typeof createLiveAgents>;
  readonly queue: QueueRunner;
  readonly loop: MessageLoop;
  readonly tasks: TaskLoop;
  /** Takes nothing new: no message wakes an agent, live sandboxes finish what they have. */
  stopAccepting(): void;
  /** What changes registrations and tasks, and tells everybody here. */
  readonly manage: Manage;
  /** What the owner is asked. */
  readonly asked: Approvals;
  /** Resolves when every run has ended and every text that can be sent is sent. */
  settle(): Promise<void>;
}

export interface EngineOptions {
  readonly nature?: Nature;
  /** Beside the local one. */
  readonly channels?: readonly MakeChannel[];
  /** What the gateway tells of its part, too. */
  readonly timings?: TurnTimings;
}

/** The message path: receive, loop, queue, agents, deliverer; wired by plain functions. */
export function startEngine(
  base: Base,
  tokens: RunTokens,
  {
    nature = SYSTEM_NATURE,
    channels: makeChannels = [],
    timings = createTurnTimings(nature.clock.now),
  }: EngineOptions = {},
): Engine {
  const { config, stores, lifecycle, log } = base;
  const { clock, random } = nature;
  const accepting = new AbortController();
  const serving = new AbortController();
  const chats = startChats(base, nature, makeChannels, {
    takeCommand: (...taken) => takeCommand(...taken),
    onGroupsChanged: () => manage.manageGroups.onGroupsChanged(),
  });
  const { stored, deliverer, typing, wakeRule, spending, questions } = chats;
  const parts = () => ({ liveAgents, queue, loop, tasks });
  const { manage, manageTeam, mailboxes } = openMailboxes(base, { nature, chats, parts }, serving.signal);
  const liveAgents = createLiveAgents({
    clock,
    idleMs: config.variables.IDLE_TIMEOUT,
    onIdleExpired: (chatJid) => queue.handle({ kind: 'closing', group: chatJid }),
  });
  const { MAX_MESSAGES_PER_PROMPT: maxMessages } = config.variables;
  const findPendingWork = createFindPendingWork({ ...stores, wakeRule, maxMessages, timezone: config.timezone });
  const answerDeps = {
    ...stores,
    ...chats,
    run: runDeps(base, { tokens, mailboxes, questions, clock }),
    settle: { ...stores, liveAgents, spending, onOutgoing: deliverer.wake, now: clock.now, log },
    findPendingWork,
    liveAgents,
    timings,
    queue: (event: Parameters<QueueRunner['handle']>[0]) => queue.handle(event),
    reconsider(chatJid: ChatJid) {
      tasks.wake();
      loop.reconsider(chatJid);
    },
    isStopping: () => accepting.signal.aborted,
    clock,
  };
  const queue: QueueRunner = createTurnQueue(base, { ...answerDeps, random });
  const known = { ...stores, ...chats, liveAgents, findPendingWork, timings, clock, log };
  const loopDeps = { ...known, queue: queue.handle, onFollowUp: typing.begin };
  const loop: MessageLoop = startMessageLoop(loopDeps, accepting.signal);
  stored.subscribe(timings.stored);
  stored.subscribe(considerStored(loop, findPendingWork));
  const tasks: TaskLoop = startTasks(base, answerDeps, accepting.signal);
  const stopTeam = (group: Group): void => stopTeamWork(manageTeam, group);
  const commandDeps = { ...known, queue: queue.state, wakeTasks: tasks.wake, stopTeam };
  const takeCommand: TakeCommand = createCommands(base, commandDeps);
  const upkeepDeps = { ...known, manageTeam, queue: queue.state, reconsider: loop.reconsider };
  const upkeep = startUpkeep(base, upkeepDeps, serving.signal);
  deliverer.resume();
  lifecycle.started('deliverer', deliverer.stop);
  lifecycle.started('loops', async () => {
    serving.abort();
    await Promise.all([loop.stopped, tasks.stopped, mailboxes.stop(), upkeep.stopped]);
    typing.stop();
  });
  return {
    ...chats,
    liveAgents,
    queue,
    loop,
    tasks,
    manage,
    stopAccepting() {
      accepting.abort();
      queue.shutDown();
      liveAgents.closeAll();
    },
    settle: () => queue.stop().then(deliverer.flush),
  };
}

/** What starting a sandbox takes. */
function runDeps(base: Base, parts: Pick<StartRunDeps, 'tokens' | 'mailboxes' | 'questions' | 'clock'>): StartRunDeps {
  const { config, paths, stores, log, choice, installation } = base;
  const settings = runSettings(config, paths, installation);
  return { ...stores, ...parts, settings, driver: choice.driver, grantAccess: grantAccess(base), log };
}

/** A new message is found by its seq; one that has another text now is not. */
function considerStored(loop: MessageLoop, findPendingWork: FindPendingWork) {
  return ({ chatJid, editedAt }: StoredMessage): void => {
    if (editedAt !== undefined) {
      findPendingWork.forget(chatJid);
      loop.reconsider(chatJid);
    }
    loop.wake();
  };
}
