import type { Group } from '../groups/group.ts';
import type { ChatJid, Seq } from '../messages/message.ts';
import type { MessageStore } from '../messages/message-store.ts';
import { formatPrompt } from '../messages/prompt.ts';
import type { WakeRule } from './sender-gate.ts';

/** What the agent of a group should be given now. */
export interface PendingWork {
  readonly fromSeq: Seq;
  readonly toSeq: Seq;
  /** The newest message of these that is meant for the assistant. */
  readonly askedSeq: Seq | undefined;
  readonly prompt: string;
}

export interface PendingDeps {
  readonly messages: MessageStore;
  readonly wakeRule: WakeRule;
  readonly maxMessages: number;
  readonly timezone: string;
}

export interface FindPendingWork {
  /** The prompt for everything after `fromSeq`, or undefined when nothing there is meant for the assistant. */
  (group: Group, fromSeq: Seq): PendingWork | undefined;
  /** Whether there is one, without making it. */
  isPending(group: Group, fromSeq: Seq): boolean;
  /** A message that was read in vain has another text now. */
  forget(chatJid: ChatJid): void;
}

/**
 * Remembers how far each chat was read in vain, so that a chat in which people talk among themselves for weeks costs
 * one look per message and not one per message since the last answer. What a live sandbox has taken and not answered yet
 * is not read in vain: it may come back.
 */
export function createFindPendingWork(deps: PendingDeps): FindPendingWork {
  const inVain = new Map<ChatJid, { rule: string; toSeq: Seq }>();

  function isWoken(group: Group, fromSeq: Seq): boolean {
    const isMeant = deps.wakeRule.testFor(group);
    const rule = `${deps.wakeRule.version()} ${group.isMain} ${group.requiresTrigger} ${group.trigger}`;
    const known = inVain.get(group.jid);
    const readTo = Math.max(group.handledSeq, known?.rule === rule ? known.toSeq : 0);
    let toSeq = Math.max(fromSeq, readTo);
    const isGapless = toSeq === readTo;
    const isFound = deps.messages.someUnhandled(group.jid, toSeq, (message) => {
      if (isMeant(message)) return true;
      toSeq = message.seq;
      return false;
    });
    if (isGapless) inVain.set(group.jid, { rule, toSeq });
    return isFound;
  }

  function find(group: Group, fromSeq: Seq): PendingWork | undefined {
    if (!isWoken(group, fromSeq)) return undefined;
    const { messages, count, newest } = deps.messages.unhandled(group.jid, fromSeq, deps.maxMessages);
    const askedSeq = messages.findLast(deps.wakeRule.testFor(group))?.seq;
    const prompt = formatPrompt(messages, { timezone: deps.timezone, total: count });
    return { fromSeq, toSeq: newest, askedSeq, prompt };
  }
  return Object.assign(find, { isPending: isWoken, forget: (chatJid: ChatJid) => void inVain.delete(chatJid) });
}
