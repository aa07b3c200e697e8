import { createTelegramChannel } from '@nanoclaw/host/channels/telegram/telegram-channel.js';
import type { ChatJid } from '@nanoclaw/host/messages/message.js';
import {
  BUSY_SECONDS,
  type ChannelParts,
  type Place,
  type PlatformUnderTest,
  type SaidOnPlatform,
  startTelegramServer,
  type TelegramFault,
  type TelegramSent,
  type TelegramServer,
} from '@nanoclaw/testkit';

const PRIVATE = 77;
const GROUP = -100_5;
const TOPIC = 12;

const BOT = { id: 1, is_bot: true, first_name: 'Andy', username: 'andy_bot' };

/** Telegram for the conformance suite: a private chat with Ann, and a forum. */
export async function telegramPlatform(): Promise<PlatformUnderTest & { goDown(): void; comeBack(): void }> {
  const server = await startTelegramServer();
  const wrongToken = '999999:a-token-that-nobody-knows';
  const connect = (token: string) => (parts: ChannelParts) =>
    createTelegramChannel({ ...parts, token, apiRoot: server.root });
  return {
    chats: { private: jid(PRIVATE), group: jid(GROUP), thread: jid(GROUP) },
    connect: connect(server.token),
    connectWrongly: connect(wrongToken),
    secrets: [server.token, wrongToken],
    write: (place, text, how = {}) => write(server, { place, text, ...how }),
    said: () => server.sent.map(asSaid),
    press(option) {
      const said = server.sent.findLast(({ buttons }) => buttons?.some((button) => button.text === option));
      if (said === undefined) throw new Error(`no message has a button "${option}"`);
      server.press(said.messageId, option);
    },
    hasTyped: (place) => server.typing.includes(place === 'private' ? String(PRIVATE) : `${GROUP}/${TOPIC}`),
    reactionsTo: (place, id) =>
      server.reactions
        .filter((line) => line.startsWith(`${place === 'private' ? PRIVATE : GROUP}/${id} `))
        .map((line) => line.split(' ')[1] ?? ''),
    failNextSend: (fault) => void server.faults.push({ method: 'sendMessage', does: FAULTS[fault], times: 1 }),
    drop: server.drop,
    goDown() {
      for (const method of ['getUpdates', 'getMe', 'sendMessage', 'sendChatAction']) {
        server.faults.push({ method, does: 'break-before', times: Number.POSITIVE_INFINITY });
      }
      server.drop();
    },
    comeBack: () => void server.faults.splice(0),
    stop: server.close,
  };
}

const FAULTS: Readonly<Record<'busy' | 'broken' | 'unheard', TelegramFault['does']>> = {
  busy: { status: 429, retryAfter: BUSY_SECONDS },
  broken: { status: 502 },
  unheard: 'break-after',
};

function jid(chatId: number): ChatJid {
  return `tg:${chatId}` as ChatJid;
}

function asSaid({ chatId, topic, text, file, buttons }: TelegramSent): SaidOnPlatform {
  const place = chatId === String(PRIVATE) ? 'private' : topic === TOPIC ? 'thread' : 'group';
  return {
    place,
    text,
    ...(file === undefined ? {} : { file: { ...file, mime: '' } }),
    ...(buttons === undefined ? {} : { options: buttons.map((button) => button.text) }),
  };
}

type Writing = { place: Place; text: string } & NonNullable<Parameters<PlatformUnderTest['write']>[2]>;

function write(server: TelegramServer, { place, text, by = 'ann', mentions, file, replyTo }: Writing): string {
  const chatId = place === 'private' ? PRIVATE : GROUP;
  const said = mentions ? `@andy_bot ${text}` : text;
  const mention = [{ type: 'mention', offset: 0, length: '@andy_bot'.length }];
  const isTopic = place === 'thread';
  if (file !== undefined) server.files.set(file.name.replaceAll(/\W/g, ''), file.content);
  const document = file && { file_id: file.name.replaceAll(/\W/g, ''), file_name: file.name };
  const from = { assistant: BOT, bot: { id: 9, is_bot: true, first_name: 'Weather' }, ann: undefined }[by];
  const chat = { id: chatId, type: 'supergroup', title: 'Friends', is_forum: true };
  const head = { message_id: TOPIC, date: 1, chat, forum_topic_created: { name: 'Food' } };
  const replied = replyTo === undefined ? undefined : { message_id: Number(replyTo), date: 1, chat, text: 'before' };
  const id = server.write(chatId, said, {
    ...(file === undefined ? {} : { text: undefined, caption: said, document }),
    ...(mentions ? { entities: mention } : {}),
    ...(from === undefined ? {} : { from }),
    ...(isTopic ? { message_thread_id: TOPIC, is_topic_message: true, reply_to_message: head } : {}),
    ...(replied === undefined ? {} : { reply_to_message: replied }),
  });
  return String(id);
}
