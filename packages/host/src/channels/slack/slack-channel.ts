import { createHash } from 'node:crypto';
import type { Clock } from '../../kernel/clock.ts';
import { describeError } from '../../kernel/errors.ts';
import type { Log } from '../../kernel/log.ts';
import type { ChatJid } from '../../messages/message.ts';
import { createBoundedMap } from '../bounded-map.ts';
import type { Channel, ChannelCondition, Inbox, OutgoingText } from '../channel.ts';
import type { KnownChat } from '../known-chat.ts';
import { splitText } from '../split-text.ts';
import { buttonBlocks, numberedOptions } from './buttons.ts';
import { catchUp } from './catch-up.ts';
import { createSlackClient, type SlackClient, type SlackText } from './client.ts';
import { keepConnected } from './connection.ts';
import { slackEmoji } from './emoji.ts';
import { escapeSlack, formatSlack } from './format.ts';
import { createSlackNames } from './names.ts';
import { slackOutcome } from './outcome.ts';
import { createSlackReceiver } from './receive.ts';

/** Longest text of one message that Slack advises, in UTF-16 code units. */
export const MAX_SLACK_CHARS = 4_000;

/** Among how many of the newest messages a text is looked for that may have been taken. */
const LOOK_BACK = 100;

/** In how many chats the place of the last message is remembered. */
const MAX_PLACES = 1_000;

/** What people see while the assistant works. */
const STATUS = 'is thinking…';

export interface SlackDeps {
  readonly botToken: string;
  readonly appToken: string;
  /** Where the Web API is, when it is not Slack's own. */
  readonly apiUrl: string | undefined;
  readonly inbox: Inbox;
  readonly triggerOf: (chatJid: ChatJid) => string;
  /** The registered chats of this channel, asked at every connection. */
  readonly knownChats: () => readonly KnownChat[];
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}

/** Chats `slack:<channel>` over Socket Mode. Connects by itself, for as long as it takes. */
export function createSlackChannel(deps: SlackDeps): Channel {
  const stopping = new AbortController();
  const { signal } = stopping;
  const client = createSlackClient({ token: deps.botToken, apiUrl: deps.apiUrl, signal });
  const places = createBoundedMap<ChatJid, string>(MAX_PLACES);
  let condition: ChannelCondition = { phase: 'connecting' };
  let botUser = '';
  const onPlace = (chatJid: ChatJid, thread: string): void => places.set(chatJid, thread);
  const names = createSlackNames(client);
  const receiver = createSlackReceiver({ ...deps, client, names, botUser: () => botUser, onPlace, signal });
  const connection = keepConnected({
    ...deps,
    signal,
    onCondition: (now) => (condition = now),
    async prepare() {
      if (botUser === '') botUser = await client.whoAmI();
    },
    onConnected() {
      for (const chat of deps.knownChats()) {
        const fetch = () => catchUp({ ...deps, client, receiver }, chat);
        receiver.inOrder(channelOf(chat.chatJid), fetch).catch((error: unknown) => {
          deps.log.warn('channel.not-caught-up', { chat: chat.chatJid, reason: describeError(error) });
        });
      }
    },
    take: receiver.take,
  });

  return {
    name: 'slack',
    // Each text carries a mark that the history of its channel gives back.
    doubt: 'readable',
    showsOptions: true,
    owns: (chatJid) => chatJid.startsWith('slack:'),
    condition: () => condition,
    split: (text) => splitText(text, MAX_SLACK_CHARS),
    async send(message) {
      const text = slackText(message);
      const outcome = await client.post(text);
      // Blocks that Slack does not take are no reason to keep the question back.
      const isAsked = outcome.kind !== 'refused' || text.blocks === undefined;
      return isAsked ? outcome : client.post(withoutButtons(text, message));
    },
    sendFile: (file) => client.upload(channelOf(file.chatJid), file),
    async react({ chatJid, messageId, emoji }) {
      const name = slackEmoji(emoji);
      if (name === undefined) return { kind: 'refused', reason: 'Slack has no such reaction' };
      return client.react(channelOf(chatJid), messageId, name);
    },
    findSent: (message) => findSent(client, slackText(message)),
    async setTyping(chatJid, isTyping) {
      const thread = places.get(chatJid);
      if (thread === undefined) return;
      await client.showStatus(channelOf(chatJid), thread, isTyping ? STATUS : '').catch(() => undefined);
    },
    async stop() {
      stopping.abort();
      await connection;
      await receiver.settled();
    },
  };
}

async function findSent(client: SlackClient, text: SlackText): ReturnType<NonNullable<Channel['findSent']>> {
  try {
    const { messages } = await client.history(text.channel, { limit: LOOK_BACK, thread: text.thread });
    const found = messages.find(({ metadata }) => metadata?.event_payload?.['mark'] === text.mark);
    return found === undefined ? { kind: 'absent' } : { kind: 'sent', platformId: found.ts };
  } catch (error) {
    return { kind: 'retry', reason: slackOutcome(error).reason };
  }
}

function slackText(message: OutgoingText): SlackText {
  const { chatJid, sender, part, options, answers } = message;
  const named = sender === null || part > 0 ? '' : `*${escapeSlack(sender)}:* `;
  const text = named + formatSlack(message.text);
  const blocks = options === undefined ? undefined : buttonBlocks(text, options);
  const whole = { channel: channelOf(chatJid), thread: answers?.thread, text, mark: markOf(message), blocks };
  return options !== undefined && blocks === undefined ? withoutButtons(whole, message) : whole;
}

function withoutButtons(text: SlackText, { options = [] }: OutgoingText): SlackText {
  return { ...text, text: numberedOptions(text.text, options.map(escapeSlack)), blocks: undefined };
}

/** Numbers of texts begin anew in a new home, so the words count, too. */
function markOf({ outboxId, part, text }: OutgoingText): string {
  return createHash('sha256').update(`${outboxId} ${part} ${text}`).digest('hex').slice(0, 32);
}

function channelOf(chatJid: ChatJid): string {
  return chatJid.slice('slack:'.length);
}
