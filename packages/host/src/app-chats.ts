import { allowlistFile, openSenderAllowlist } from './access/sender-rules-files.ts';
import { openApprovals } from './app-approvals.ts';
import type { Base } from './app-base.ts';
import { hostUser } from './app-settings.ts';
import { hostSpending } from './app-spending.ts';
import { meetStrangers } from './app-strangers.ts';
import type { Channel, Inbox } from './channels/channel.ts';
import { createLocalChannel } from './channels/local/local-channel.ts';
import { createChannelHealth } from './flows/channel-health.ts';
import { createDeliverer, type Deliverer } from './flows/deliver-reply.ts';
import { createGivenUpNotice } from './flows/given-up-notice.ts';
import type { TakeCommand } from './flows/host-commands.ts';
import { createInbox } from './flows/inbox.ts';
import { type WatchFolders, watchFolders } from './flows/mailbox-watch.ts';
import { createOwnerWords } from './flows/owner-words.ts';
import { createQuestions } from './flows/questions.ts';
import { createDropRule, createWakeRule } from './flows/sender-gate.ts';
import { createTeamChannel } from './flows/team-channel.ts';
import { createTranscriber } from './flows/transcribe.ts';
import { createTyping } from './flows/typing.ts';
import { type Clock, systemClock } from './kernel/clock.ts';
import { createSignal } from './kernel/signals.ts';
import { createKeptFiles } from './messages/kept-files.ts';
import type { ChatJid, StoredMessage } from './messages/message.ts';

/** Time, chance and file events, as everything in the message path sees them; tests bring their own. */
export interface Nature {
  readonly clock: Clock;
  readonly random: () => number;
  readonly watch: WatchFolders;
}

export const SYSTEM_NATURE: Nature = { clock: systemClock, random: Math.random, watch: watchFolders };

/** Makes a channel that hands what it gets to the inbox. */
export type MakeChannel = (inbox: Inbox) => Channel;

const NOT_NOTED = { received: () => undefined };

/** How texts come in and go out: channels, storing, delivering. */
export function startChats(
  base: Base,
  { clock, random }: Nature,
  makeChannels: readonly MakeChannel[],
  later: { takeCommand: TakeCommand; onGroupsChanged: () => void },
) {
  const { config, paths, stores, lifecycle, log } = base;
  const stored = createSignal<StoredMessage>();
  const keptFiles = createKeptFiles({ directory: paths.files, files: stores.files, now: clock.now });
  const health = createChannelHealth(clock.now);
  const allowlist = openSenderAllowlist(allowlistFile(config.configHome));
  const isDropped = createDropRule({ allowlist, log });
  const wakeRule = createWakeRule(allowlist);
  const questions = createQuestions({ clock, log });
  const places = { groupsDirectory: paths.groups, owner: hostUser() };
  const transcribe = createTranscriber({ command: config.variables.TRANSCRIBE_COMMAND, directory: paths.files, log });
  const wake = (chatJid: ChatJid): void => deliverer.wake(chatJid);
  const { asked, answers: approvals } = openApprovals(base, { clock, allowlist, onOutgoing: wake });
  const { takeCommand, onGroupsChanged } = later;
  const mayGreet = (chatJid: ChatJid): boolean => channelOf(chatJid)?.hasOwnAccount === true;
  const { pairing, strangers } = meetStrangers(base, { mayGreet, onOutgoing: wake, onGroupsChanged, now: clock.now });
  const rules = { isDropped, wakeRule, questions, approvals, takeCommand, transcribe, ...strangers, ...places };
  const inboxDeps = { ...stores, ...rules, onStored: stored.emit, now: clock.now, log };
  const inbox = createInbox({ ...inboxDeps, health });
  const local = createLocalChannel({
    messages: stores.messages,
    files: stores.files,
    pathOfFile: keptFiles.pathOf,
    receive: inbox.receive,
    keepFile: inbox.keepFile,
    now: clock.now,
  });
  stored.subscribe(local.onStored);
  // What the owner writes on the page says nothing about the health of a chat's own app.
  const ownerInbox = createInbox({ ...inboxDeps, health: NOT_NOTED });
  const say = createOwnerWords({ ...stores, local, inbox: ownerInbox, now: clock.now });
  const team = createTeamChannel({
    ...stores,
    now: clock.now,
    onStored: stored.emit,
    onOutgoing: wake,
  });
  const channels = [local, ...makeChannels.map((make) => make(inbox))];
  lifecycle.started('channels', async () => {
    await Promise.all(channels.map((channel) => channel.stop()));
  });
  const channelOf = (chatJid: ChatJid) => [team, ...channels].find((channel) => channel.owns(chatJid));
  const assistantName = config.variables.ASSISTANT_NAME;
  const onGivenUp = createGivenUpNotice({ ...stores, now: clock.now, wake });
  const told = { onStored: stored.emit, onGivenUp, health, keptFiles };
  const deliverer: Deliverer = createDeliverer({ ...stores, ...told, channelOf, assistantName, clock, random, log });
  const typing = createTyping({ clock, channelOf });
  const spending = hostSpending({ config, stores }, { onOutgoing: deliverer.wake, now: clock.now });
  const forAgents = { keptFiles, questions, asked };
  return {
    ...forAgents,
    stored,
    local,
    say,
    inbox,
    channels,
    channelOf,
    health,
    deliverer,
    typing,
    allowlist,
    wakeRule,
    spending,
    pairing,
  };
}
