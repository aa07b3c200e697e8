import { registerChats } from '@nanoclaw/testkit';
import { beforeEach, describe, expect, test } from 'vitest';
import { openStores, type Stores } from '../app-stores.ts';
import type { ChatJid } from '../messages/message.ts';

const OLD = 'tg:-5' as ChatJid;
const NEW = 'tg:-1005' as ChatJid;
let stores: Stores;

beforeEach(() => {
  stores = openStores(':memory:');
  registerChats(stores.groups, OLD);
  for (const id of ['1', '2']) {
    const message = { id, chatJid: OLD, sender: 'tg:7', senderName: 'Ann', content: `text ${id}`, timestamp: '' };
    stores.messages.accept({ jid: OLD, channel: 'telegram', isGroup: true, name: 'Friends' }, message);
  }
  stores.groups.markHandled(OLD, 1);
});

describe('a chat that goes on under another id', () => {
  test('takes its registration along, with its cursor, and what nobody has answered', () => {
    expect(stores.chatMoves.move(OLD, NEW)).toBe(true);

    expect(stores.groups.find(OLD)).toBeUndefined();
    expect(stores.groups.find(NEW)).toMatchObject({ folder: 'chat0', handledSeq: 1 });
    expect(stores.messages.chat(NEW)).toMatchObject({ name: 'Friends' });
    expect(stores.messages.unhandled(NEW, 1, 10).messages.map(({ content }) => content)).toEqual(['text 2']);
    expect(stores.messages.after(OLD, 0, 10).map(({ content }) => content)).toEqual(['text 1']);
  });

  test('changes nothing where another group is registered already, or none', () => {
    registerChats(stores.groups, NEW);
    expect(stores.chatMoves.move(OLD, NEW)).toBe(false);
    expect(stores.chatMoves.move('tg:-9', 'tg:-10')).toBe(false);
    expect(stores.groups.find(OLD)).toMatchObject({ folder: 'chat0' });
  });
});
