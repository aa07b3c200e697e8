import { knownChats } from '@nanoclaw/host/app-known-chats.js';
import { createDiscordChannel } from '@nanoclaw/host/channels/discord/discord-channel.js';
import type { ChatJid } from '@nanoclaw/host/messages/message.js';
import {
  BUSY_SECONDS,
  type ChannelParts,
  DISCORD_CHANNELS,
  DISCORD_SENDS,
  type DiscordFault,
  type DiscordSent,
  type DiscordServer,
  type Place,
  type PlatformUnderTest,
  type SaidOnPlatform,
  startDiscordServer,
  until,
} from '@nanoclaw/testkit';

/** How long a connection may take on a busy machine, in milliseconds. */
const PATIENCE_MS = 90_000;

const CHANNELS: Readonly<Record<Place, string>> = {
  private: DISCORD_CHANNELS.private,
  group: DISCORD_CHANNELS.general,
  thread: DISCORD_CHANNELS.thread,
};

/** Discord for the conformance suite: a private chat with Ann, and a channel with a thread, which is one of its own. */
export async function discordPlatform(): Promise<PlatformUnderTest> {
  const server = await startDiscordServer();
  const wrongToken = 'OTk5.nobody.knows-this-token';
  const connect = (token: string) => (parts: ChannelParts) =>
    createDiscordChannel({
      ...parts,
      apiUrl: server.apiUrl,
      token,
      knownChats: () => knownChats(parts.stores, 'dc:', parts.clock.now()),
    });
  const jid = (place: Place): ChatJid => `dc:${CHANNELS[place]}` as ChatJid;
  // What happens before a bot's first session it never hears of.
  const begun = () => until('the bot has been there', () => server.counts.identifies > 0, PATIENCE_MS);
  return {
    chats: { private: jid('private'), group: jid('group'), thread: jid('thread') },
    connect: connect(server.token),
    connectWrongly: connect(wrongToken),
    secrets: [server.token, wrongToken],
    async write(place, text, how = {}) {
      await begun();
      return write(server, { channel: CHANNELS[place], text, ...how });
    },
    said: () => server.sent.map(asSaid),
    async press(option) {
      await begun();
      const said = server.sent.findLast((message) => asSaid(message).options?.includes(option));
      if (said === undefined) throw new Error(`no message has a button "${option}"`);
      server.press(said, option);
    },
    hasTyped: (place) => server.typing.includes(CHANNELS[place]),
    reactionsTo: (place, id) =>
      server.reactions
        .filter((line) => line.startsWith(`${CHANNELS[place]}/${id} `))
        .map((line) => line.split(' ')[1] ?? ''),
    failNextSend: (fault) => void server.faults.push({ request: DISCORD_SENDS, does: FAULTS[fault], times: 1 }),
    drop: server.drop,
    stop: server.close,
  };
}

const FAULTS: Readonly<Record<'busy' | 'broken' | 'unheard', DiscordFault['does']>> = {
  busy: { status: 429, retryAfter: BUSY_SECONDS },
  broken: { status: 503 },
  unheard: 'break-after',
};

function asSaid({ channel, content, file, components }: DiscordSent): SaidOnPlatform {
  const place = (Object.keys(CHANNELS) as Place[]).find((name) => CHANNELS[name] === channel) ?? 'private';
  const options = components?.flatMap((row) => row.components.map(({ label }) => label));
  return {
    place,
    text: content,
    ...(file === undefined ? {} : { file: { ...file, mime: '' } }),
    ...(options === undefined ? {} : { options }),
  };
}

type Writing = { channel: string; text: string } & NonNullable<Parameters<PlatformUnderTest['write']>[2]>;

function write(server: DiscordServer, { channel, text, by = 'ann', mentions, file, replyTo }: Writing): string {
  const author = {
    assistant: { author: server.bot },
    bot: { author: { id: '9', username: 'weather', bot: true } },
    ann: {},
  }[by];
  const ann = { id: '900000000000000002', username: 'ann', global_name: 'Ann' };
  const reply = { type: 19, referenced_message: { id: replyTo, content: 'before', author: ann } };
  return server.write(channel, mentions ? `<@${server.bot.id}> ${text}` : text, {
    ...author,
    ...(mentions ? { mentions: [server.bot] } : {}),
    ...(file === undefined ? {} : { attachments: [server.addFile(file.name, file.content, file.mime)] }),
    ...(replyTo === undefined ? {} : reply),
  });
}
