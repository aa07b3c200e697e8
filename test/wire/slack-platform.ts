import { knownChats } from '@nanoclaw/host/app-known-chats.js';
import { createSlackChannel } from '@nanoclaw/host/channels/slack/slack-channel.js';
import type { ChatJid } from '@nanoclaw/host/messages/message.js';
import {
  BUSY_SECONDS,
  type ChannelParts,
  type Place,
  type PlatformUnderTest,
  type SaidOnPlatform,
  type SlackFault,
  type SlackSent,
  type SlackServer,
  startSlackServer,
} from '@nanoclaw/testkit';

const PRIVATE = 'D1';
const GROUP = 'C1';

/** Slack for the conformance suite: a private chat with Ann, and a channel with a thread. */
export async function slackPlatform(): Promise<PlatformUnderTest> {
  const server = await startSlackServer();
  const wrong = { botToken: 'xoxb-9-nobody-knows-this', appToken: 'xapp-9-nobody-knows-this' };
  const connect = (tokens: { botToken: string; appToken: string }) => (parts: ChannelParts) =>
    createSlackChannel({
      ...parts,
      apiUrl: server.apiUrl,
      botToken: tokens.botToken,
      appToken: tokens.appToken,
      knownChats: () => knownChats(parts.stores, 'slack:', parts.clock.now()),
    });
  const head = server.write(GROUP, 'the head of a thread');
  return {
    chats: { private: jid(PRIVATE), group: jid(GROUP), thread: jid(GROUP) },
    connect: connect(server),
    connectWrongly: connect(wrong),
    secrets: [server.botToken, server.appToken, ...Object.values(wrong)],
    write: (place, text, how = {}) => write(server, { place, text, head, ...how }),
    said: () => server.sent.map(asSaid),
    press(option) {
      const said = server.sent.findLast((message) => asSaid(message).options?.includes(option));
      if (said === undefined) throw new Error(`no message has a button "${option}"`);
      server.press(said, option);
    },
    hasTyped: (place) => server.statuses.some((line) => line.startsWith(`${place === 'private' ? PRIVATE : GROUP}/`)),
    reactionsTo: (place, id) =>
      server.reactions
        .filter((line) => line.startsWith(`${place === 'private' ? PRIVATE : GROUP}/${id} `))
        .map((line) => (line.endsWith(' +1') ? '👍' : line)),
    failNextSend: (fault) => void server.faults.push({ method: 'chat.postMessage', does: FAULTS[fault], times: 1 }),
    drop: server.drop,
    stop: server.close,
  };
}

const FAULTS: Readonly<Record<'busy' | 'broken' | 'unheard', SlackFault['does']>> = {
  busy: { status: 429, retryAfter: BUSY_SECONDS },
  broken: { status: 503 },
  unheard: 'break-after',
};

function jid(channel: string): ChatJid {
  return `slack:${channel}` as ChatJid;
}

function asSaid({ channel, threadTs, text, file, blocks }: SlackSent): SaidOnPlatform {
  const place = channel === PRIVATE ? 'private' : threadTs === undefined ? 'group' : 'thread';
  const buttons = blocks?.flatMap((block) => (block['elements'] ?? []) as { text: { text: string } }[]) ?? [];
  return {
    place,
    text,
    ...(file === undefined ? {} : { file: { ...file, mime: '' } }),
    ...(buttons.length === 0 ? {} : { options: buttons.map((button) => button.text.text) }),
  };
}

type Writing = { place: Place; text: string; head: string } & NonNullable<Parameters<PlatformUnderTest['write']>[2]>;

function write(server: SlackServer, { place, text, head, by = 'ann', mentions, file, replyTo }: Writing): string {
  const channel = place === 'private' ? PRIVATE : GROUP;
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const from = { assistant: { user: 'UBOT', bot_id: 'B1' }, bot: { user: 'U9', bot_id: 'B9' }, ann: {} }[by];
  // To Slack a reply is a message of the thread below the other.
  const thread = replyTo ?? (place === 'thread' ? head : undefined);
  if (mentions === true && thread === undefined) return server.mention(channel, `<@UBOT> ${escaped}`);
  const files = file && [server.addFile(file.name, file.content, file.mime)];
  return server.write(channel, mentions === true ? `<@UBOT> ${escaped}` : escaped, {
    ...from,
    ...(thread === undefined ? {} : { thread_ts: thread }),
    ...(files === undefined ? {} : { subtype: 'file_share', files }),
  });
}
