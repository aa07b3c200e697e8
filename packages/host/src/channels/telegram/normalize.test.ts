import { describe, expect, test } from 'vitest';
import type { ChatJid } from '../../messages/message.ts';
import { normalize } from './normalize.ts';
import { TelegramUpdate } from './wire.ts';

const context = {
  bot: { id: 1, name: 'andy_bot' },
  now: 1_767_225_600_000,
  triggerOf: (chat: ChatJid) => (chat === 'tg:-5' ? '@Robo' : '@Andy'),
};
const ANN = { id: 77, is_bot: false, first_name: 'Ann', last_name: 'Lee', username: 'ann' };
const aMessage = (fields: Record<string, unknown> = {}) => ({
  message_id: 9,
  date: 1_767_225_600,
  chat: { id: 42, type: 'private', first_name: 'Ann' },
  from: ANN,
  text: 'hello',
  ...fields,
});
const read = (update: Record<string, unknown>) => normalize(TelegramUpdate.parse({ update_id: 1, ...update }), context);

test('a text of a private chat', () => {
  expect(read({ message: aMessage() })).toEqual({
    kind: 'message',
    chat: { jid: 'tg:42', channel: 'telegram', isGroup: false, name: 'Ann' },
    message: {
      id: '9',
      chatJid: 'tg:42',
      sender: 'tg:77',
      senderName: 'Ann Lee',
      content: 'hello',
      timestamp: '2026-01-01T00:00:00.000Z',
    },
    files: [],
  });
});

test('a group has its title, and a reply tells what it answers', () => {
  const reply_to_message = aMessage({ message_id: 3, text: 'the question' });
  const update = read({
    message: aMessage({ chat: { id: -5, type: 'supergroup', title: 'Friends' }, reply_to_message }),
  });

  expect(update).toMatchObject({
    chat: { jid: 'tg:-5', isGroup: true, name: 'Friends' },
    message: { replyTo: { id: '3', content: 'the question', senderName: 'Ann Lee' } },
  });
});

describe('the bot is called', () => {
  const named = (text: string, offset: number) =>
    read({
      message: aMessage({
        chat: { id: -5, type: 'group', title: 'x' },
        text,
        entities: [{ type: 'mention', offset, length: 9 }],
      }),
    });

  test("by its user name: the group's own trigger is put in front", () => {
    expect(named('hey @Andy_Bot there', 4)).toMatchObject({ message: { content: '@Robo hey @Andy_Bot there' } });
  });

  test('only where it is the bot that is named', () => {
    expect(named('hey @some_one', 4)).toMatchObject({ message: { content: 'hey @some_one' } });
  });
});

test.each([
  ['a photo', { photo: [{}], caption: 'look' }, '[image] look', 'image'],
  ['a file', { document: { file_name: 'a.pdf' } }, '[document: a.pdf]', 'document'],
  ['a voice note', { voice: {} }, '[voice]', 'voice'],
  ['a sticker', { sticker: { emoji: '👍' } }, '[sticker: 👍]', 'sticker'],
])('%s is said in words and as an attachment that was not fetched', (_what, fields, content, type) => {
  expect(read({ message: aMessage({ text: undefined, ...fields }) })).toMatchObject({
    message: { content, attachments: [{ type }] },
  });
});

test('an edit carries the new text and its time', () => {
  expect(read({ edited_message: aMessage({ text: 'better', edit_date: 1_767_225_660 }) })).toEqual({
    kind: 'edited',
    chatJid: 'tg:42',
    id: '9',
    content: 'better',
    at: '2026-01-01T00:01:00.000Z',
  });
});

test.each([
  ['a bot', { from: { ...ANN, is_bot: true } }],
  ['nobody', { from: undefined }],
  ['a service message', { text: undefined }],
])('what comes from %s is nothing for the assistant', (_who, fields) => {
  expect(read({ message: aMessage(fields) })).toEqual({ kind: 'nothing' });
});
