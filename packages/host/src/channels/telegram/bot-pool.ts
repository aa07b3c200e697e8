import type { OutgoingText, SendOutcome } from '../channel.ts';
import type { TelegramClient } from './client.ts';

/** Longest name of a bot (Bot API, `setMyName`). */
const MAX_BOT_NAME_CHARS = 64;

/** Most members, over all chats, of whom it is remembered which bot speaks for them. */
const MAX_MEMBERS = 1_000;

type Words = Pick<OutgoingText, 'chatJid' | 'sender'>;

/**
 * Further bots that speak for the members of teams: each member of a chat gets the next bot, which takes the member's name.
 * Where there are more members than bots, bots change their names.
 */
export function createBotPool(bots: readonly TelegramClient[]) {
  const seats = new Map<string, number>();
  const names = new Map<number, string>();
  let next = 0;

  function seatOf({ chatJid, sender }: Words): number {
    const member = `${chatJid} ${sender}`;
    const known = seats.get(member);
    if (known !== undefined) return known;
    const seat = next++ % bots.length;
    seats.set(member, seat);
    for (const oldest of seats.keys()) if (seats.size > MAX_MEMBERS) seats.delete(oldest);
    return seat;
  }

  return {
    /**
     * Lets a member's bot say it. Undefined when no bot of the pool can: there is none, nobody in particular says it, the
     * chat is a private one, or the bot may not write there (it has to be a member of the group).
     */
    async speak(words: Words, say: (bot: TelegramClient) => Promise<SendOutcome>): Promise<SendOutcome | undefined> {
      const { chatJid, sender } = words;
      if (bots.length === 0 || sender === null || !chatJid.startsWith('tg:-')) return undefined;
      const seat = seatOf(words);
      const bot = bots[seat];
      if (bot === undefined) return undefined;
      if (names.get(seat) !== sender) {
        names.set(seat, sender);
        await bot.rename(sender.slice(0, MAX_BOT_NAME_CHARS));
      }
      const outcome = await say(bot);
      return outcome.kind === 'refused' ? undefined : outcome;
    },
  };
}
