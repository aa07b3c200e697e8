import type { Clock } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import type { ChatJid } from '../../messages/message.ts';
import { createBoundedMap } from '../bounded-map.ts';
import type { Channel, ChannelCondition, Inbox, OutgoingText } from '../channel.ts';
import type { KnownChat } from '../known-chat.ts';
import { splitText } from '../split-text.ts';
import { listOfOptions } from './buttons.ts';
import { catchUp } from './catch-up.ts';
import { createDiscordClient } from './client.ts';
import { formatDiscord } from './format.ts';
import { type GatewayDeps, keepSession } from './gateway.ts';
import { createDiscordNames } from './names.ts';
import { createDiscordReceiver } from './receive.ts';

/** Longest text of one message (Create Message), in UTF-16 code units. */
export const MAX_DISCORD_CHARS = 2_000;

/** Discord forgets "typing…" after ten seconds; it is told a little sooner, in milliseconds. */
const TYPING_MS = 8_000;

/** In how many chats it is remembered when they were told. */
const MAX_TYPING = 1_000;

export interface DiscordDeps {
  readonly token: string;
  /** Where the API is, when it is not Discord's own. */
  readonly apiUrl: string | undefined;
  readonly inbox: Inbox;
  readonly triggerOf: (chatJid: ChatJid) => string;
  /** The registered chats of this channel, asked at every new session. */
  readonly knownChats: () => readonly KnownChat[];
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}

/** Chats `dc:<channel>` over Discord's gateway. Connects by itself, for as long as it takes. */
export function createDiscordChannel(deps: DiscordDeps): Channel {
  const stopping = new AbortController();
  const { signal } = stopping;
  const client = createDiscordClient({ token: deps.token, apiUrl: deps.apiUrl, signal });
  const names = createDiscordNames(client);
  const typedAt = createBoundedMap<ChatJid, number>(MAX_TYPING);
  let condition: ChannelCondition = { phase: 'connecting' };
  const onCondition = (now: ChannelCondition): void => {
    condition = now;
  };
  const receiver = createDiscordReceiver({ ...deps, client, names, onCondition, signal });

  const take: GatewayDeps['take'] = (packet) => {
    if (packet.t === 'READY') {
      names.ready(packet.d);
      for (const chat of deps.knownChats()) {
        receiver.inOrder(channelOf(chat.chatJid), () => catchUp({ ...deps, client, receiver }, chat));
      }
    } else if (packet.t === 'GUILD_CREATE') {
      const chats = names.guild(packet.d);
      receiver.inOrder('', async () => chats.forEach((chat) => void deps.inbox.chatSeen(chat)));
    } else receiver.take(packet);
  };

  const session = keepSession({ ...deps, client, signal, onCondition, take });

  return {
    name: 'discord',
    // Each text carries a number of ours; Discord takes a second one with the same for the first.
    doubt: 'repeatable',
    showsOptions: true,
    owns: (chatJid) => chatJid.startsWith('dc:'),
    condition: () => condition,
    split: (text) => splitText(formatDiscord(text), MAX_DISCORD_CHARS),
    send: (message) => client.send(channelOf(message.chatJid), message, textOf(message)),
    sendFile: (file) => client.sendFile(channelOf(file.chatJid), file),
    react: ({ chatJid, messageId, emoji }) => client.react(channelOf(chatJid), messageId, emoji),
    async setTyping(chatJid, isTyping) {
      const now = deps.clock.now();
      // It ends by itself, at the latest with the answer.
      if (!isTyping) typedAt.delete(chatJid);
      else if (now - (typedAt.get(chatJid) ?? Number.NEGATIVE_INFINITY) >= TYPING_MS) {
        typedAt.set(chatJid, now);
        await client.showTyping(channelOf(chatJid)).catch(() => undefined);
      }
    },
    async stop() {
      stopping.abort();
      await session;
      await receiver.settled();
    },
  };
}

/** Whose words they are stands before the first part, where there is room; choices that cannot be buttons at the end. */
function textOf({ sender, part, text, options }: OutgoingText): string {
  const list = listOfOptions(options).slice(0, MAX_DISCORD_CHARS / 2);
  const asked = `${text.slice(0, MAX_DISCORD_CHARS - list.length)}${list}`;
  const named = sender === null || part > 0 ? asked : `**${sender}:** ${asked}`;
  return named.length > MAX_DISCORD_CHARS ? asked : named;
}

function channelOf(chatJid: ChatJid): string {
  return chatJid.slice('dc:'.length);
}
