import type { Inbox } from '../channels/channel.ts';
import type { Group } from '../groups/group.ts';
import type { GroupStore } from '../groups/group-store.ts';
import { failpoint } from '../kernel/failpoints.ts';
import type { Log } from '../kernel/log.ts';
import { parseHostCommand } from '../messages/host-command.ts';
import type { ChatInfo, InboundMessage, StoredMessage } from '../messages/message.ts';
import type { MessageStore } from '../messages/message-store.ts';
import { triggerTest } from '../messages/trigger.ts';
import type { ChatMoveStore } from '../store/chat-move-store.ts';
import type { QuarantineStore } from '../store/quarantine-store.ts';
import type { ApprovalAnswers } from './approval-answers.ts';
import type { ChannelHealth } from './channel-health.ts';
import type { TakeCommand } from './host-commands.ts';
import { type KeepInboundDeps, keepInbound } from './keep-inbound.ts';
import type { Questions } from './questions.ts';
import type { WakeRule } from './sender-gate.ts';
import type { Transcribe } from './transcribe.ts';

export interface InboxDeps extends KeepInboundDeps {
  readonly groups: GroupStore;
  readonly messages: MessageStore;
  readonly chatMoves: ChatMoveStore;
  /** Whether a message of a registered chat is kept out by the owner's rules. */
  readonly isDropped: (group: Group, message: InboundMessage) => boolean;
  readonly wakeRule: WakeRule;
  readonly transcribe: Transcribe;
  readonly questions: Pick<Questions, 'isWaiting' | 'answerIn' | 'answer'>;
  readonly approvals: ApprovalAnswers;
  readonly quarantine: QuarantineStore;
  /** A message was stored, or one that is not handled yet has a new text. */
  readonly onStored: (message: StoredMessage) => void;
  readonly takeCommand: TakeCommand;
  /** Whether a message was a pairing code. */
  readonly takeCode: (chat: ChatInfo, message: InboundMessage, isRegistered: boolean) => boolean;
  /** Somebody writes in a chat that is not registered. */
  readonly greet: (chat: ChatInfo) => void;
  /** A registration has another chat. */
  readonly onChatMoved: () => void;
  readonly health: Pick<ChannelHealth, 'received'>;
  readonly now: () => number;
  readonly log: Log;
}

/**
 * Stores what channels hand over, durably and once, before they tell their platforms; then wakes the loop. Of chats that
 * are not registered it stores that they exist, and nothing that was written in them.
 */
export function createInbox(deps: InboxDeps): Inbox {
  const { messages, log } = deps;
  return {
    receive(chat, message) {
      deps.health.received(chat.channel);
      const group = deps.groups.find(chat.jid);
      if (deps.takeCode(chat, message, group !== undefined)) return;
      const isDropped = group !== undefined && deps.isDropped(group, message);
      const command = isDropped ? undefined : parseHostCommand(message.content);
      if (command !== undefined) return deps.takeCommand(chat, message, command, group);
      if (group === undefined || isDropped) {
        messages.ensureChat(chat, message.timestamp);
        if (group === undefined) deps.greet(chat);
        return;
      }
      const answer = answerTo(deps, group, message);
      const stored = messages.accept(chat, message, { isReplyToQuestion: answer !== undefined });
      failpoint('message-stored');
      if (stored === undefined) {
        log.debug('message.repeated', { chat: chat.jid, id: message.id });
        return;
      }
      log.debug('message.stored', { chat: chat.jid, seq: stored.seq, chars: message.content.length });
      answer?.();
      deps.onStored(stored);
    },
    edited(chatJid, id, content, at) {
      const edited = messages.edit(chatJid, id, { content, at });
      log.debug('message.edited', { chat: chatJid, id, isKnown: edited !== undefined });
      if (edited) deps.onStored(edited);
    },
    deleted(chatJid, id, at) {
      const isKnown = messages.markDeleted(chatJid, id, at);
      log.debug('message.deleted', { chat: chatJid, id, isKnown });
    },
    wantsFiles(message) {
      const group = deps.groups.find(message.chatJid);
      return group !== undefined && !deps.isDropped(group, message);
    },
    keepFile: (message, file) => keepInbound(deps, message, file),
    transcribe: deps.transcribe,
    chatSeen: (chat) => messages.ensureChat(chat),
    chatMoved(from, to) {
      const isRegistered = deps.chatMoves.move(from, to);
      log.info('chat.moved', { from, to, isRegistered });
      if (isRegistered) deps.onChatMoved();
    },
    quarantine(owner, reason, content) {
      deps.quarantine.add({ source: 'platform', owner, reason, content }, deps.now());
      log.warn('message.quarantined', { owner, reason });
    },
  };
}

/**
 * What is to be done when a message that answers a question is stored; undefined when it is none. What the owner is asked by
 * the host comes before what agents ask.
 */
function answerTo(deps: InboxDeps, group: Group, message: InboundMessage): (() => void) | undefined {
  const { questions, wakeRule, approvals } = deps;
  const decide = approvals.answerIn(group, message);
  if (decide !== undefined || !questions.isWaiting(group.jid)) return decide;
  const mayWake = wakeRule.mayWake(group, { sender: message.sender, isFromMe: message.isFromMe ?? false });
  const text = questions.answerIn(message, { mayWake, isMeant: triggerTest(group)(message) });
  return text === undefined ? undefined : () => questions.answer(message, text);
}
