import { mayCommand } from '../access/sender-rules.ts';
import type { SenderAllowlist } from '../access/sender-rules-files.ts';
import type { LiveAgents } from '../agents/live-agents.ts';
import type { Group } from '../groups/group.ts';
import type { GroupStore } from '../groups/group-store.ts';
import { failpoint } from '../kernel/failpoints.ts';
import type { Log } from '../kernel/log.ts';
import { type HostCommand, OPEN_COMMANDS } from '../messages/host-command.ts';
import type { ChatInfo, ChatJid, InboundMessage, StoredMessage } from '../messages/message.ts';
import type { MessageStore } from '../messages/message-store.ts';
import type { OutboxStore } from '../messages/outbox-store.ts';
import type { TurnStore } from '../messages/turn-store.ts';
import type { QueueState } from '../queue/queue.ts';
import type { Database } from '../store/open-store.ts';
import type { TaskRunStore } from '../tasks/task-run-store.ts';
import type { TaskStore } from '../tasks/task-store.ts';
import type { Approvals } from './approvals.ts';
import { type CommandAnswer, carryOut } from './command-answers.ts';
import type { RemoteControl } from './remote-control.ts';

export interface HostCommandDeps {
  readonly database: Database;
  readonly groups: GroupStore;
  readonly messages: MessageStore;
  readonly outbox: OutboxStore;
  readonly turns: TurnStore;
  readonly tasks: TaskStore;
  readonly taskRuns: TaskRunStore;
  readonly allowlist: SenderAllowlist;
  readonly liveAgents: LiveAgents;
  readonly queue: () => QueueState;
  readonly assistantName: string;
  /** The model of groups that have none of their own; undefined leaves the choice to the agent. */
  readonly defaultModel: string | undefined;
  readonly timezone: string;
  readonly onStored: (message: StoredMessage) => void;
  readonly onOutgoing: (chatJid: ChatJid) => void;
  /** Ends what the teammates of a group are doing. */
  readonly stopTeam: (group: Group) => void;
  readonly remoteControl: Pick<RemoteControl, 'current' | 'end'>;
  readonly asked: Approvals;
  /** A run was claimed. */
  readonly wakeTasks: () => void;
  readonly now: () => number;
  readonly log: Log;
}

export type TakeCommand = (
  chat: ChatInfo,
  message: InboundMessage,
  command: HostCommand,
  group: Group | undefined,
) => void;

/** A chat that is not registered gets an answer this often at most, in milliseconds: anybody may write there. */
export const STRANGER_PAUSE_MS = 60_000;

/** Most chats whose last answer is remembered; what is older is forgotten first. */
const MAX_STRANGERS = 1_000;

/**
 * Takes a command: the message, what it changes in the database and the answer are one transaction, so it is carried out
 * once, however often the platform delivers it and whenever the host dies. What is not in the database (a sandbox that is
 * to end) comes after it, and is what a dead host has done anyway.
 */
export function createHostCommands(deps: HostCommandDeps): TakeCommand {
  const strangers = new Map<ChatJid, number>();

  function isTooSoon(chatJid: ChatJid): boolean {
    const now = deps.now();
    const last = strangers.get(chatJid);
    if (last !== undefined && now - last >= 0 && now - last < STRANGER_PAUSE_MS) return true;
    strangers.delete(chatJid);
    strangers.set(chatJid, now);
    for (const oldest of strangers.keys()) if (strangers.size > MAX_STRANGERS) strangers.delete(oldest);
    return false;
  }

  return (chat, message, command, group) => {
    const isOpen = OPEN_COMMANDS.has(command.name);
    if (group === undefined && (!isOpen || isTooSoon(chat.jid))) {
      deps.messages.ensureChat(chat, message.timestamp);
      return;
    }
    const done = deps.database.transaction(() => {
      const stored = deps.messages.accept(chat, message, { isCommand: true });
      if (stored === undefined) return undefined;
      const isAllowed = isOpen || (group !== undefined && isCommander(deps, group, stored));
      const { id: messageId, thread } = message;
      const answers = { messageId, ...(thread === undefined ? {} : { thread }) };
      const answer = isAllowed ? carryOut(deps, { command, chat, group, seq: stored.seq }) : REFUSAL;
      deps.outbox.add({ chatJid: chat.jid, text: answer.text, origin: 'notice', now: deps.now(), answers });
      return { stored, answer };
    })();
    failpoint('command-stored');
    if (done === undefined) return;
    deps.log.info('command.done', { chat: chat.jid, command: command.name, isRefused: done.answer === REFUSAL });
    done.answer.afterwards?.();
    deps.onStored(done.stored);
    deps.onOutgoing(chat.jid);
  };
}

const REFUSAL: CommandAnswer = { text: 'Only my owner can tell me that, here or in the main chat.' };

function isCommander({ allowlist }: HostCommandDeps, group: Group, message: StoredMessage): boolean {
  return mayCommand(allowlist.current(), group, message);
}
