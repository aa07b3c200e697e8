import type { ChatInfo, ChatJid } from '../messages/message.ts';
import type { MessageStore } from '../messages/message-store.ts';
import type { OutboxStore } from '../messages/outbox-store.ts';
import type { Database } from '../store/open-store.ts';

/** Most strangers who are told anything within an hour: a crowd is somebody's attack, and platforms count what bots send. */
export const MAX_GREETINGS_PER_HOUR = 20;

const HOUR_MS = 3_600_000;

export interface GreetDeps {
  readonly database: Database;
  readonly messages: MessageStore;
  readonly outbox: OutboxStore;
  readonly isWanted: boolean;
  /** Whether the assistant has an account of its own there, to which people write on purpose. */
  readonly mayGreet: (chatJid: ChatJid) => boolean;
  readonly onOutgoing: (chatJid: ChatJid) => void;
  readonly now: () => number;
}

const LINE =
  'I am a private assistant and answer only in chats that my owner has registered. Are you my owner? Then run "npx nanoclaw pair" on my computer and send me the code here.';

/** Tells who writes in a private chat that is not registered, once, why there is no answer. */
export function createGreeting(deps: GreetDeps): (chat: ChatInfo) => void {
  let times: number[] = [];
  return (chat) => {
    const { jid } = chat;
    if (!deps.isWanted || chat.isGroup || !deps.mayGreet(jid)) return;
    const now = deps.now();
    times = times.filter((at) => at <= now && now - at < HOUR_MS);
    // What the chat was told stays in its history.
    const isTold = deps.outbox.countUnsent(jid) > 0 || deps.messages.newest(jid, 1).length > 0;
    if (isTold || times.length >= MAX_GREETINGS_PER_HOUR) return;
    times.push(now);
    deps.database.transaction(() => {
      deps.messages.ensureChat(chat);
      deps.outbox.add({ chatJid: jid, text: LINE, origin: 'notice', now });
    })();
    deps.onOutgoing(jid);
  };
}
