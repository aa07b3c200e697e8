import type { ChatInfo } from '../../messages/message.ts';
import { createBoundedMap } from '../bounded-map.ts';
import type { DiscordClient } from './client.ts';
import { chatJidOf } from './normalize.ts';
import { DiscordGuild, DiscordReady } from './wire.ts';

/** Most channels whose names are remembered, and most of one server that are told of. */
const MAX_CHANNELS = 5_000;
const MAX_TOLD = 500;

/** Kinds of channel in which people write: text and news. Threads and private chats are told of when somebody writes. */
const TEXT_CHANNELS = [0, 5];

export type DiscordNames = ReturnType<typeof createDiscordNames>;

/** What Discord says about itself: who the bot is, and what channels are called. */
export function createDiscordNames(client: Pick<DiscordClient, 'channel' | 'guildName'>) {
  const channels = createBoundedMap<string, string>(MAX_CHANNELS);
  const botRoles = new Set<string>();
  let botUser = '';
  return {
    botUser: () => botUser,
    botRoles,
    channelName: channels.get,
    ready(told: unknown): void {
      botUser = DiscordReady.safeParse(told).data?.user.id ?? botUser;
    },
    /** Gives the chats of a server. */
    guild(told: unknown): ChatInfo[] {
      const guild = DiscordGuild.safeParse(told).data;
      if (guild === undefined) return [];
      for (const { id, tags } of guild.roles) if (tags?.bot_id === botUser) botRoles.add(id);
      const all = [...guild.channels, ...(guild.threads ?? [])];
      for (const { id, name } of all) channels.set(id, `${guild.name} #${name ?? id}`);
      const written = guild.channels.filter(({ type }) => TEXT_CHANNELS.includes(type)).slice(0, MAX_TOLD);
      return written.map(({ id, name }) => ({
        jid: chatJidOf(id),
        channel: 'discord',
        isGroup: true,
        name: `${guild.name} #${name ?? id}`,
      }));
    },
    /** Learns what a channel is called, where nobody has said it yet. Never rejects. */
    async learn(channel: string, guild: string | undefined): Promise<void> {
      if (guild === undefined || channels.has(channel)) return;
      try {
        const [{ name }, guildName] = await Promise.all([client.channel(channel), client.guildName(guild)]);
        channels.set(channel, `${guildName} #${name ?? channel}`);
      } catch {
        // It is called by its id, and asked for again with the next message.
      }
    },
  };
}
