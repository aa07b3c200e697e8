import { beforeEach, expect, test } from 'vitest';
import { openStores, type Stores } from '../app-stores.ts';
import type { ChatInfo, ChatJid } from '../messages/message.ts';
import { createGreeting, MAX_GREETINGS_PER_HOUR } from './greet-strangers.ts';

const chat = (id: string, isGroup = false): ChatInfo => ({ jid: `tg:${id}` as ChatJid, channel: 'telegram', isGroup });
let stores: Stores;
let now: number;
beforeEach(() => {
  stores = openStores(':memory:');
  now = 1_000_000;
});

function greeting(settings: { isWanted?: boolean; hasOwnAccount?: boolean } = {}): (from: ChatInfo) => void {
  const { isWanted = true, hasOwnAccount = true } = settings;
  const mayGreet = (): boolean => hasOwnAccount;
  return createGreeting({ ...stores, isWanted, mayGreet, onOutgoing: () => undefined, now: () => now });
}
const told = (id: string): number => stores.outbox.countUnsent(`tg:${id}` as ChatJid);

test('a stranger is told once, also by the next host, and after the line was sent', () => {
  greeting()(chat('5'));
  greeting()(chat('5'));
  expect(told('5')).toBe(1);

  const row = stores.outbox.nextUnsent('tg:5' as ChatJid);
  const line = { id: '1', chatJid: chat('5').jid, sender: 'assistant', senderName: 'Andy', timestamp: '' };
  stores.outbox.markSent(row!.id, '1', now);
  stores.messages.insert({ ...line, content: row!.text }, { from: 'assistant' });
  greeting()(chat('5'));
  expect(told('5')).toBe(0);
});

test('a crowd is not told at once', () => {
  const greet = greeting();
  for (let n = 0; n < MAX_GREETINGS_PER_HOUR + 5; n++) greet(chat(String(n)));
  expect(stores.outbox.counts()).toEqual({ pending: MAX_GREETINGS_PER_HOUR });
  now += 3_600_000;
  greet(chat('later'));
  expect(told('later')).toBe(1);
});

test('nobody is told in a group, where the owner does not want it, or on an account that is the owner’s', () => {
  greeting()(chat('-5', true));
  greeting({ isWanted: false })(chat('6'));
  greeting({ hasOwnAccount: false })(chat('7'));
  expect(stores.outbox.counts()).toEqual({});
});
