import { allowlistFile, openSenderAllowlist } from './access/sender-rules-files.ts';
import { createLiveAgents, type LiveAgents } from './agents/live-agents.ts';
import type { Base } from './app-base.ts';
import { runSettings } from './app-settings.ts';
import { createTurnQueue, startTasks } from './app-tasks.ts';
import { startUpkeep } from './app-upkeep.ts';
import type { Channel, Inbox } from './channels/channel.ts';
import { createLocalChannel, type LocalChannel } from './channels/local/local-channel.ts';
import { type ChannelHealth, createChannelHealth } from './flows/channel-health.ts';
import { createDeliverer, type Deliverer } from './flows/deliver-reply.ts';
import { createGivenUpNotice } from './flows/given-up-notice.ts';
import { createInbox } from './flows/inbox.ts';
import { startMailboxes } from './flows/mailbox-loop.ts';
import { type WatchFolders, watchFolders } from './flows/mailbox-watch.ts';
import { type MessageLoop, startMessageLoop } from './flows/message-loop.ts';
import { createFindPendingWork, type FindPendingWork } from './flows/pending-work.ts';
import type { QueueRunner } from './flows/queue-runner.ts';
import { createDropRule, createWakeRule } from './flows/sender-gate.ts';
import type { TaskLoop } from './flows/task-loop.ts';
import { createTyping } from './flows/typing.ts';
import type { RunTokens } from './gateway/run-tokens.ts';
import { type Clock, systemClock } from './kernel/clock.ts';
import { createSignal } from './kernel/signals.ts';
import type { ChatJid, StoredMessage } from './messages/message.ts';

/** The running message path. */
export interface Engine {
  readonly local: LocalChannel;
  /** All channels, the local one first. */
  readonly channels: readonly Channel[];
  /** What channels hand over to. */
  readonly inbox: Inbox;
  readonly health: ChannelHealth;
  readonly liveAgents: ReturnType<typeof createLiveAgents>;
  readonly queue: QueueRunner;
  readonly loop: MessageLoop;
  readonly tasks: TaskLoop;
  /** Takes nothing new: no message wakes an agent, live sandboxes finish what they have. */
  stopAccepting(): void;
  /** Ends sandboxes whose chat is not registered with their folder any more. */
  closeForeign(): void;
  /** Resolves when every run has ended and every text that can be sent is sent. */
  settle(): Promise<void>;
}

/** Time, chance and file events, as everything in the message path sees them; tests bring their own. */
export interface Nature {
  readonly clock: Clock;
  readonly random: () => number;
  readonly watch: WatchFolders;
}

export const SYSTEM_NATURE: Nature = { clock: systemClock, random: Math.random, watch: watchFolders };

/** Makes a channel that hands what it gets to the inbox. */
export type MakeChannel = (inbox: Inbox) => Channel;

/** How texts come in and go out: channels, storing, delivering. */
function startChats(
  { config, stores, lifecycle, log }: Base,
  { clock, random }: Nature,
  makeChannels: readonly MakeChannel[],
) {
  const stored = createSignal<StoredMessage>();
  const health = createChannelHealth(clock.now);
  const allowlist = openSenderAllowlist(allowlistFile(config.configHome));
  const isDropped = createDropRule({ allowlist, log });
  const inbox = createInbox({ ...stores, onStored: stored.emit, isDropped, health, now: clock.now, log });
  const local = createLocalChannel({ messages: stores.messages, receive: inbox.receive, now: clock.now });
  stored.subscribe(local.onStored);
  const channels = [local, ...makeChannels.map((make) => make(inbox))];
  lifecycle.started('channels', async () => {
    await Promise.all(channels.map((channel) => channel.stop()));
  });
  const channelOf = (chatJid: ChatJid) => channels.find((channel) => channel.owns(chatJid));
  const assistantName = config.variables.ASSISTANT_NAME;
  const onGivenUp = createGivenUpNotice({ ...stores, now: clock.now, wake: (chatJid) => deliverer.wake(chatJid) });
  const told = { onStored: stored.emit, onGivenUp, health };
  const deliverer: Deliverer = createDeliverer({ ...stores, ...told, channelOf, assistantName, clock, random, log });
  const typing = createTyping({ clock, channelOf });
  return { stored, local, inbox, channels, channelOf, health, deliverer, typing, allowlist };
}

export interface EngineOptions {
  readonly nature?: Nature;
  /** Beside the local one. */
  readonly channels?: readonly MakeChannel[];
}

/** The message path: receive, loop, queue, agents, deliverer; wired by plain functions. */
export function startEngine(
  base: Base,
  tokens: RunTokens,
  { nature = SYSTEM_NATURE, channels: makeChannels = [] }: EngineOptions = {},
): Engine {
  const { config, paths, stores, lifecycle, log, choice, installation } = base;
  const { clock, random } = nature;
  const accepting = new AbortController();
  const serving = new AbortController();
  const chats = startChats(base, nature, makeChannels);
  const { stored, channelOf, deliverer, typing, allowlist } = chats;
  const wakeRule = createWakeRule(allowlist);
  const mailboxDeps = { ...stores, now: clock.now, onOutgoing: deliverer.wake, clock, watch: nature.watch, log };
  const mailboxes = startMailboxes(mailboxDeps, serving.signal);
  const liveAgents = createLiveAgents({
    clock,
    idleMs: config.variables.IDLE_TIMEOUT,
    onIdleExpired: (chatJid) => queue.handle({ kind: 'closing', group: chatJid }),
  });
  const { MAX_MESSAGES_PER_PROMPT: maxMessages } = config.variables;
  const findPendingWork = createFindPendingWork({ ...stores, wakeRule, maxMessages, timezone: config.timezone });
  const isFree = config.credential.scheme === 'none';
  const settings = runSettings(config, paths, installation);
  const answerDeps = {
    ...stores,
    run: { ...stores, settings, driver: choice.driver, tokens, mailboxes, clock, log },
    settle: { ...stores, liveAgents, isFree, onOutgoing: deliverer.wake, now: clock.now, log },
    findPendingWork,
    liveAgents,
    deliverer,
    typing,
    channelOf,
    queue: (event: Parameters<QueueRunner['handle']>[0]) => queue.handle(event),
    reconsider(chatJid: ChatJid) {
      tasks.wake();
      loop.reconsider(chatJid);
    },
    isStopping: () => accepting.signal.aborted,
    clock,
  };
  const queue: QueueRunner = createTurnQueue(base, { ...answerDeps, random });
  const gives = { queue: queue.handle, onFollowUp: typing.begin };
  const watched = { allowlist, wakeRule, liveAgents, queue: queue.state, findPendingWork, deliverer, clock, log };
  const loopDeps = { ...stores, ...gives, liveAgents, findPendingWork, clock, log };
  const loop: MessageLoop = startMessageLoop(loopDeps, accepting.signal);
  stored.subscribe(considerStored(loop, findPendingWork));
  const tasks: TaskLoop = startTasks(base, answerDeps, accepting.signal);
  const upkeep = startUpkeep(base, { ...watched, reconsider: loop.reconsider }, serving.signal);
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
    stopAccepting() {
      accepting.abort();
      queue.shutDown();
      liveAgents.closeAll();
    },
    closeForeign: () => closeForeign(stores, liveAgents, queue),
    settle: () => queue.stop().then(deliverer.flush),
  };
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

function closeForeign({ groups }: Base['stores'], liveAgents: LiveAgents, queue: QueueRunner): void {
  for (const { group } of liveAgents.list()) {
    if (groups.find(group.jid)?.folder === group.folder) continue;
    queue.handle({ kind: 'closing', group: group.jid });
    liveAgents.close(group.jid);
  }
}
