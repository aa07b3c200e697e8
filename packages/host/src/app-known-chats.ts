import type { Stores } from './app-stores.ts';
import type { KnownChat } from './channels/known-chat.ts';

/** Among how many messages of a chat those of people are looked for. */
const LOOK_BACK = 100;

/** How far back is fetched where nobody has said anything yet, in milliseconds. */
const MAX_SILENCE_MS = 7 * 24 * 60 * 60_000;

/** The registered chats of a channel, by how their ids begin, as it needs them to fetch what it has missed. */
export function knownChats({ groups, messages }: Pick<Stores, 'groups' | 'messages'>, prefix: string, now: number) {
  const chats = groups.list().filter(({ jid }) => jid.startsWith(prefix));
  return chats.map(({ jid, addedAt }): KnownChat => {
    const people = messages.before(jid, Number.MAX_SAFE_INTEGER, LOOK_BACK).filter((message) => !message.isBotMessage);
    const registered = Date.parse(addedAt);
    const since = Math.max(now - MAX_SILENCE_MS, Number.isNaN(registered) ? 0 : registered);
    return { chatJid: jid, newest: people.reverse(), since };
  });
}
