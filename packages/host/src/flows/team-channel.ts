import type { Channel, OutgoingFile, OutgoingText, SendOutcome } from '../channels/channel.ts';
import type { GroupStore } from '../groups/group-store.ts';
import { type ChatJid, isTeamChat, type StoredMessage } from '../messages/message.ts';
import type { MessageStore } from '../messages/message-store.ts';
import type { OutboxPayload, OutboxStore } from '../messages/outbox-store.ts';
import type { Database } from '../store/open-store.ts';

export interface TeamChannelDeps {
  readonly database: Database;
  readonly groups: GroupStore;
  readonly messages: MessageStore;
  readonly outbox: OutboxStore;
  readonly now: () => number;
  readonly onStored: (message: StoredMessage) => void;
  readonly onOutgoing: (chatJid: ChatJid) => void;
}

/**
 * What teammates say. It goes to the chat of their lead under their name, and what ends their work to the lead itself, too,
 * as a message of that chat: both in one transaction, and once, whenever the host dies.
 */
export function createTeamChannel(deps: TeamChannelDeps): Channel {
  return {
    name: 'team',
    doubt: 'repeatable',
    owns: isTeamChat,
    condition: () => ({ phase: 'connected' }),
    send: async (message) => pass(deps, message, { text: message.text, isAnswer: message.isAnswer === true }),
    sendFile: async (file) => pass(deps, file, { text: fileText(file), file, isAnswer: false }),
    setTyping: async () => undefined,
    stop: async () => undefined,
  };
}

function fileText({ type, name, caption }: OutgoingFile): string {
  return `[${type}: ${name}]${caption === '' ? '' : ` ${caption}`}`;
}

function pass(
  deps: TeamChannelDeps,
  { outboxId, chatJid }: Pick<OutgoingText, 'outboxId' | 'chatJid'>,
  what: { text: string; file?: OutgoingFile; isAnswer: boolean },
): SendOutcome {
  const teammate = deps.groups.find(chatJid);
  const lead = teammate?.team ? deps.groups.ofFolder(teammate.team.of) : undefined;
  if (teammate === undefined || lead === undefined) return { kind: 'refused', reason: 'the team is dissolved' };
  const now = deps.now();
  const id = `team-${outboxId}`;
  const stored = deps.database.transaction(() => {
    // The mark of what was passed on is the message itself, so there is one for everything, shown to the lead or not.
    const from = { sender: chatJid, senderName: teammate.name, timestamp: new Date(now).toISOString() };
    const message = { id, chatJid: lead.jid, content: what.text, ...from };
    const use = what.isAnswer ? { isFromTeam: true } : { isFromTeam: true, isCommand: true };
    const accepted = deps.messages.accept({ jid: lead.jid, channel: 'team', isGroup: false }, message, use);
    if (accepted === undefined) return undefined;
    const payload = what.file === undefined ? {} : { payload: payloadOf(what.file) };
    const row = { chatJid: lead.jid, text: what.text, origin: 'tool', sender: teammate.name, now, ...payload } as const;
    deps.outbox.add(row);
    return accepted;
  })();
  if (stored !== undefined) deps.onOutgoing(lead.jid);
  if (stored !== undefined && what.isAnswer) deps.onStored(stored);
  return { kind: 'sent', platformId: id };
}

function payloadOf({ path, caption }: OutgoingFile): OutboxPayload {
  return { kind: 'file', key: path.split('/').at(-1) ?? '', caption };
}
