import type { Clock } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import type { ChatJid } from '../../messages/message.ts';
import type { Channel, ChannelCondition, Inbox, OutgoingFile, OutgoingText } from '../channel.ts';
import { splitText } from '../split-text.ts';
import { createBotPool } from './bot-pool.ts';
import { createTelegramClient, type TelegramPlace } from './client.ts';
import { receiveUpdates } from './receive-updates.ts';

/** Longest text of one Telegram message, in UTF-16 code units (Bot API, `sendMessage`). */
export const MAX_TELEGRAM_CHARS = 4_096;

/** Most chats of which the topic that was written in last is remembered. */
const MAX_REMEMBERED_TOPICS = 1_000;

export interface TelegramDeps {
  readonly token: string;
  /** Where the Bot API is, when it is not Telegram's own. */
  readonly apiRoot: string | undefined;
  /** Tokens of further bots, through which members of a team speak in groups. */
  readonly pool?: readonly string[];
  readonly inbox: Inbox;
  readonly triggerOf: (chatJid: ChatJid) => string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}

/** Chats `tg:<id>` over the Bot API by long polling. Connects by itself, for as long as it takes. */
export function createTelegramChannel(deps: TelegramDeps): Channel {
  const client = createTelegramClient(deps);
  const pool = createBotPool((deps.pool ?? []).map((token) => createTelegramClient({ ...deps, token })));
  const stopping = new AbortController();
  const topics = new Map<ChatJid, string | undefined>();
  let condition: ChannelCondition = { phase: 'connecting' };
  const receiving = receiveUpdates(deps, {
    client,
    signal: stopping.signal,
    onCondition: (now) => (condition = now),
    onMessage({ chatJid, thread }) {
      topics.delete(chatJid);
      topics.set(chatJid, thread);
      for (const oldest of topics.keys()) if (topics.size > MAX_REMEMBERED_TOPICS) topics.delete(oldest);
    },
  });

  return {
    name: 'telegram',
    // Telegram has no id of ours on a message and no history a bot may read.
    doubt: 'neither',
    showsOptions: true,
    hasOwnAccount: true,
    owns: (chatJid) => chatJid.startsWith('tg:'),
    condition: () => condition,
    split: (text) => splitText(text, MAX_TELEGRAM_CHARS),
    async send(message) {
      const place = placeOf(message);
      const spoken = await pool.speak(message, (member) => member.send(place, message.text, message.options));
      return spoken ?? client.send(place, withSender(message), message.options);
    },
    async sendFile(file) {
      const place = placeOf(file);
      return (await pool.speak(file, (member) => member.sendFile(place, file))) ?? client.sendFile(place, file);
    },
    react: ({ chatJid, messageId, emoji }) => client.react(chatIdOf(chatJid), messageId, emoji),
    async setTyping(chatJid, isTyping) {
      // Telegram forgets it by itself after five seconds.
      const place = { chatId: chatIdOf(chatJid), thread: topics.get(chatJid) };
      if (isTyping) await client.showTyping(place).catch(() => undefined);
    },
    async stop() {
      stopping.abort();
      await receiving;
    },
  };
}

/** In a group an answer is shown as a reply to its question, where that is a message and not a button. */
function placeOf({ chatJid, part, isAnswer, answers }: OutgoingText | OutgoingFile): TelegramPlace {
  const chatId = chatIdOf(chatJid);
  const isReply = chatId.startsWith('-') && part === 0 && isAnswer === true && /^\d+$/.test(answers?.messageId ?? '');
  return { chatId, thread: answers?.thread, replyTo: isReply ? Number(answers?.messageId) : undefined };
}

/** A bot has one name: whose words they are stands before the first part, where there is room. */
function withSender({ sender, part, text }: OutgoingText): string {
  const named = sender === null || part > 0 ? text : `${sender}: ${text}`;
  return named.length > MAX_TELEGRAM_CHARS ? text : named;
}

function chatIdOf(chatJid: ChatJid): string {
  return chatJid.slice('tg:'.length);
}
