import { inboxRules, registerChats, startTelegramServer, type TelegramServer, until } from '@nanoclaw/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStores, type Stores } from '../../app-stores.ts';
import { createChannelHealth } from '../../flows/channel-health.ts';
import { createInbox } from '../../flows/inbox.ts';
import { systemClock } from '../../kernel/clock.ts';
import { silentLog } from '../../kernel/log.ts';
import type { ChatJid, StoredMessage } from '../../messages/message.ts';
import type { Channel, OutgoingText } from '../channel.ts';
import { createTelegramChannel } from './telegram-channel.ts';

const GROUP = 'tg:-5' as ChatJid;
const PRIVATE = 'tg:42' as ChatJid;
const BOT = { id: 1, is_bot: true, first_name: 'Andy', username: 'andy_bot' };
const POOL = ['111111:token-of-the-first', '222222:token-of-the-second'];

let server: TelegramServer;
let stores: Stores;
let channel: Channel;

beforeEach(async () => {
  server = await startTelegramServer();
  stores = openStores(':memory:');
  registerChats(stores.groups, GROUP, PRIVATE);
  const known = { onStored: () => undefined, health: createChannelHealth(systemClock.now), now: systemClock.now };
  const inbox = createInbox({ ...stores, ...inboxRules(), ...known, log: silentLog });
  const nature = { clock: systemClock, random: () => 0.5, log: silentLog };
  const place = { token: server.token, apiRoot: server.root, pool: POOL };
  channel = createTelegramChannel({ ...place, ...nature, inbox, triggerOf: () => '@Robo' });
});
afterEach(async () => {
  await channel.stop();
  await server.close();
  stores.database.close();
});

const heard = (text: string, chat = GROUP): Promise<StoredMessage> =>
  until(
    `${text} is stored`,
    () => stores.messages.after(chat, 0, 100).find(({ content }) => content.includes(text)),
    60_000,
  );
const send = (message: Partial<OutgoingText>) =>
  channel.send({ outboxId: 1, part: 0, chatJid: GROUP, text: 'hi', sender: null, ...message });

describe('in a group', () => {
  test('a reply to what the bot has said calls it', async () => {
    const reply_to_message = { message_id: 3, date: 1, chat: { id: -5, type: 'supergroup' }, from: BOT, text: 'done' };
    server.write(-5, 'thank you', { reply_to_message });
    expect(await heard('thank you')).toMatchObject({
      content: '@Robo thank you',
      replyTo: { id: '3', content: 'done' },
    });
  });

  test('a link to the bot calls it, and words that only look like its name do not', async () => {
    server.write(-5, 'hey Andy!', { entities: [{ type: 'text_mention', offset: 4, length: 4, user: BOT }] });
    server.write(-5, 'write to @andy_bot\u200b or @\u200bandy_bot');
    expect((await heard('hey Andy!')).content).toBe('@Robo hey Andy!');
    expect((await heard('write to')).content).not.toContain('@Robo');
  });

  test('the trigger is not put before itself', async () => {
    server.write(-5, '@Robo ask @andy_bot', { entities: [{ type: 'mention', offset: 10, length: 9 }] });
    expect((await heard('ask')).content).toBe('@Robo ask @andy_bot');
  });

  test('an answer is a reply to its question, in its topic; its other parts and what is no answer are not', async () => {
    const answers = { messageId: '8', thread: '12' };
    await send({ isAnswer: true, answers });
    await send({ isAnswer: true, answers, part: 1 });
    await send({ isAnswer: false, answers });
    await send({ isAnswer: true, answers, chatJid: PRIVATE });

    expect(server.sent.map(({ topic, replyTo }) => [topic, replyTo])).toEqual([
      [12, 8],
      [12, undefined],
      [12, undefined],
      [12, undefined],
    ]);
  });

  test('what was asked in a topic that is gone is answered in the group', async () => {
    server.faults.push({ method: 'sendMessage', does: { status: 400, description: 'thread not found' }, times: 1 });
    expect(await send({ answers: { messageId: '8', thread: '12' } })).toMatchObject({ kind: 'sent' });
    expect(server.sent).toMatchObject([{ text: 'hi' }]);
    expect(server.sent[0]?.topic).toBeUndefined();
  });

  test('typing is shown in the topic that was written in last', async () => {
    server.write(-5, 'in a topic', { message_thread_id: 12, is_topic_message: true });
    await heard('in a topic');
    await channel.setTyping(GROUP, true);
    expect(server.typing).toEqual(['-5/12']);
  });

  test('numbers of replies are no topics', async () => {
    server.write(-5, 'below a message', { message_thread_id: 12 });
    expect(await heard('below a message')).not.toHaveProperty('thread');
  });

  test('a name is known when the bot joins, and when it changes', async () => {
    const chat = { id: -9, type: 'group', title: 'Chess' };
    server.push({ my_chat_member: { chat, from: BOT, date: 1, new_chat_member: { status: 'member' } } });
    await until('it is known', () => stores.messages.chat('tg:-9' as ChatJid)?.name === 'Chess', 60_000);
    server.write(-9, '', { text: undefined, chat: { ...chat, title: 'Go' }, new_chat_title: 'Go' });
    await until('it has its new name', () => stores.messages.chat('tg:-9' as ChatJid)?.name === 'Go', 60_000);
    expect(stores.messages.groupChats(10).map(({ jid }) => jid)).toContain('tg:-9');
  });
});

describe('a group that becomes a supergroup', () => {
  test('takes its registration along', async () => {
    server.write(-5, '', { text: undefined, migrate_to_chat_id: -1005 });
    await until('it is moved', () => stores.groups.find('tg:-1005') !== undefined, 60_000);
    expect(stores.groups.find(GROUP)).toBeUndefined();
  });

  test('is followed by what was meant for the group', async () => {
    server.faults.push({ method: 'sendMessage', does: { status: 400, movedTo: -1005 }, times: 1 });
    expect(await send({})).toMatchObject({ kind: 'sent' });
    expect(server.sent).toMatchObject([{ chatId: '-1005', text: 'hi' }]);
  });
});

describe('buttons', () => {
  test('are answered, and taken away in a private chat', async () => {
    await send({ chatJid: PRIVATE, text: 'Tea?', options: ['Yes', 'No'] });
    const asked = server.sent[0]!;
    server.press(asked.messageId, 'No');
    const message = await heard('No', PRIVATE);

    expect(message).toMatchObject({ content: 'No', sender: 'tg:77', replyTo: { content: 'Tea?' } });
    await until('it is answered', () => server.answeredPresses.length === 1, 60_000);
    await until('the buttons are gone', () => server.sent[0]?.buttons === undefined, 60_000);
  });

  test('stay in a group, where the first press may not be the one that counts', async () => {
    await send({ text: 'Tea?', options: ['Yes', 'No'] });
    server.press(server.sent[0]!.messageId, 'Yes');
    await heard('Yes');
    await until('it is answered', () => server.answeredPresses.length === 1, 60_000);
    expect(server.sent[0]?.buttons).toHaveLength(2);
  });
});

describe('a pool of bots', () => {
  beforeEach(() => {
    server.bots.set(POOL[0]!, 'first_bot');
    server.bots.set(POOL[1]!, 'second_bot');
  });

  test('lets each member speak through one of them, under its name', async () => {
    for (const sender of ['scout', 'writer', 'scout', 'critic']) await send({ sender });
    expect(server.sent.map(({ by, text }) => [by, text])).toEqual([
      ['first_bot', 'hi'],
      ['second_bot', 'hi'],
      ['first_bot', 'hi'],
      ['first_bot', 'hi'],
    ]);
    expect(server.names).toEqual(['scout', 'writer', 'critic']);
  });

  test('is not for private chats, nor for what the assistant says itself', async () => {
    await send({ sender: 'scout', chatJid: PRIVATE });
    await send({});
    expect(server.sent.map(({ by, text }) => [by, text])).toEqual([
      [undefined, 'scout: hi'],
      [undefined, 'hi'],
    ]);
  });

  test('steps back where its bot may not write', async () => {
    server.faults.push({ method: 'sendMessage', does: { status: 403, description: 'not a member' }, times: 1 });
    expect(await send({ sender: 'scout' })).toMatchObject({ kind: 'sent' });
    expect(server.sent.map(({ by, text }) => [by, text])).toEqual([[undefined, 'scout: hi']]);
  });
});

test('what Telegram does not take as a picture it takes as a file', async () => {
  server.faults.push({ method: 'sendPhoto', does: { status: 400, description: 'PHOTO_INVALID_DIMENSIONS' }, times: 1 });
  const file = {
    outboxId: 1,
    part: 0,
    chatJid: GROUP,
    sender: null,
    caption: '',
    bytes: 1,
    path: import.meta.filename,
  };
  const outcome = await channel.sendFile?.({ ...file, name: 'a.png', type: 'image', mime: 'image/png' });
  expect(outcome).toMatchObject({ kind: 'sent' });
  expect(server.sent).toMatchObject([{ file: { as: 'document', name: 'a.png' } }]);
});

test('sound goes out as a voice note', async () => {
  const file = {
    outboxId: 1,
    part: 0,
    chatJid: GROUP,
    sender: null,
    caption: '',
    bytes: 1,
    path: import.meta.filename,
  };
  await channel.sendFile?.({ ...file, name: 'a.ogg', type: 'audio', mime: 'audio/ogg' });
  expect(server.sent).toMatchObject([{ file: { as: 'voice' } }]);
});
