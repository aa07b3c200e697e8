import { beforeEach, describe, expect, test } from 'vitest';
import { openStore } from '../store/open-store.ts';
import { asChatJid, type ChatInfo, type ChatJid, type InboundMessage } from './message.ts';
import { createMessageStore, type MessageStore } from './message-store.ts';

const CHAT = 'tg:1' as ChatJid;
const chat: ChatInfo = { jid: CHAT, name: 'Family', channel: 'telegram', isGroup: true };

const aMessage = (overrides: Partial<InboundMessage> = {}): InboundMessage => ({
  id: 'm1',
  chatJid: CHAT,
  sender: 'tg:77',
  senderName: 'Ann',
  content: 'hello',
  timestamp: '2026-03-05T08:30:00.000Z',
  ...overrides,
});

let messages: MessageStore;
beforeEach(() => {
  messages = createMessageStore(openStore(':memory:'));
});

const contents = (found: readonly { content: string }[]): string[] => found.map(({ content }) => content);
const accept = (...texts: string[]): void => {
  for (const content of texts) messages.accept(chat, aMessage({ id: `id-${content}`, content }));
};

describe('accepting', () => {
  test('keeps everything of a message', () => {
    const message = aMessage({
      content: 'ünï 👩‍👩‍👧 \u0000 end',
      isFromMe: true,
      replyTo: { id: 'r', content: 'quoted', senderName: 'Bob' },
    });

    const stored = messages.accept(chat, message);

    expect(stored).toEqual({ ...message, seq: 1, isBotMessage: false, isCommand: false, isFromTeam: false });
    expect(messages.find(CHAT, 'm1')).toEqual(stored);
  });

  test('the same message again changes nothing, whatever it says now', () => {
    messages.accept(chat, aMessage());

    expect(messages.accept(chat, aMessage({ content: 'edited' }))).toBeUndefined();

    expect(contents(messages.after(CHAT, 0, 10))).toEqual(['hello']);
  });

  test('the same platform id in another chat is another message', () => {
    messages.accept(chat, aMessage());

    expect(
      messages.accept({ ...chat, jid: 'tg:2' as ChatJid }, aMessage({ chatJid: 'tg:2' as ChatJid })),
    ).toBeDefined();
  });

  test('orders by arrival: messages of one second and late ones come after what was there', () => {
    messages.accept(chat, aMessage({ id: 'a', content: 'first' }));
    messages.accept(chat, aMessage({ id: 'b', content: 'same second' }));
    messages.accept(chat, aMessage({ id: 'c', content: 'sent long ago', timestamp: '2020-01-01T00:00:00Z' }));

    expect(contents(messages.after(CHAT, 0, 10))).toEqual(['first', 'same second', 'sent long ago']);
    expect(messages.unhandled(CHAT, 2, 10).messages).toMatchObject([{ content: 'sent long ago', seq: 3 }]);
  });

  test('a message of a chat that fails leaves no chat behind', () => {
    const broken = { ...aMessage(), id: null as never };

    expect(() => messages.accept(chat, broken)).toThrow('NOT NULL');

    expect(messages.chat(CHAT)).toBeUndefined();
  });
});

describe('what is unhandled', () => {
  test('knows our own number of a message replied to, and of none that is not here', () => {
    accept('question');
    messages.accept(chat, aMessage({ id: 'reply', replyTo: { id: 'id-question' } }));
    messages.accept(chat, aMessage({ id: 'lost', replyTo: { id: 'before our time' } }));

    const found = messages.unhandled(CHAT, 1, 10).messages;

    expect(found.map(({ replyToSeq }) => replyToSeq)).toEqual([1, undefined]);
  });

  test('is the newest within the limit, with how much there is', () => {
    accept('a', 'b', 'c', 'd');

    const found = messages.unhandled(CHAT, 1, 2);

    expect(contents(found.messages)).toEqual(['c', 'd']);
    expect(found).toMatchObject({ count: 3, newest: 4 });
    expect(messages.unhandled(CHAT, 4, 2)).toEqual({ messages: [], count: 0, newest: 0 });
  });

  test("leaves out the assistant's own messages and empty ones", () => {
    accept('a', '');
    messages.insert(aMessage({ id: 'bot', content: 'answer' }), { from: 'assistant' });

    expect(messages.unhandled(CHAT, 0, 10)).toMatchObject({ count: 1, newest: 1 });
    expect(messages.chatsWithNewsSince(0)).toEqual([{ jid: CHAT, newest: 2 }]);
  });

  test('is searched in order and no further than needed', () => {
    accept('a', 'b', 'c');
    const seen: string[] = [];

    const isFound = messages.someUnhandled(CHAT, 0, ({ content }) => {
      seen.push(content);
      return content === 'b';
    });

    expect(isFound).toBe(true);
    expect(seen).toEqual(['a', 'b']);
    expect(messages.someUnhandled(CHAT, 3, () => true)).toBe(false);
  });
});

describe('history', () => {
  test('can be read forwards and backwards, oldest first both times', () => {
    accept('a', 'b', 'c', 'd');

    expect(contents(messages.after(CHAT, 1, 2))).toEqual(['b', 'c']);
    expect(contents(messages.before(CHAT, 4, 2))).toEqual(['b', 'c']);
    expect(messages.newestSeq()).toBe(4);
  });
});

describe('a chat', () => {
  test('keeps its name and its newest time, and a group stays a group', () => {
    messages.accept(chat, aMessage({ timestamp: '2026-03-05T00:00:00Z' }));
    messages.accept({ ...chat, name: undefined as never }, aMessage({ id: 'm2', timestamp: '2020-01-01T00:00:00Z' }));
    messages.ensureChat({ jid: CHAT, channel: 'telegram', isGroup: false });

    expect(messages.groupChats(10)).toEqual([{ jid: CHAT, name: 'Family', lastActivity: '2026-03-05T00:00:00Z' }]);
  });

  test('that nobody has named is called by its id', () => {
    messages.ensureChat({ jid: CHAT, channel: 'telegram', isGroup: false });

    expect(messages.chat(CHAT)).toEqual({ jid: CHAT, name: CHAT, lastActivity: '' });
    expect(messages.groupChats(10)).toEqual([]);
  });
});

test.each([
  ['tg:77', true],
  ['491234@s.whatsapp.net', true],
  ['x'.repeat(256), true],
  ['x'.repeat(257), false],
  ['', false],
  ['a b', false],
  ['a\nb', false],
  ['a\u200bb', false],
])('%j as a chat id: %s', (text, isOne) => {
  expect(asChatJid(text)).toBe(isOne ? text : undefined);
});
