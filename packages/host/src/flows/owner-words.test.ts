import { expect, test } from 'vitest';
import { planGroup } from '../groups/group.ts';
import { createGroupStore } from '../groups/group-store.ts';
import type { InboundMessage } from '../messages/message.ts';
import { asChatJid, type ChatInfo, type ChatJid } from '../messages/message.ts';
import { createMessageStore } from '../messages/message-store.ts';
import { openStore } from '../store/open-store.ts';
import { createOwnerWords } from './owner-words.ts';

const FAMILY = asChatJid('tg:-5') as ChatJid;

function aPage(settings: { requiresTrigger?: boolean } = {}) {
  const database = openStore(':memory:');
  const [groups, messages] = [createGroupStore(database), createMessageStore(database)];
  const wish = { jid: FAMILY, name: 'Family', folder: 'family', ...settings };
  groups.add(planGroup(wish, { trigger: '@Andy', addedAt: '2026-01-01T00:00:00.000Z' }));
  const received: { chat: ChatInfo; message: InboundMessage }[] = [];
  const local: string[] = [];
  const say = createOwnerWords({
    groups,
    messages,
    now: () => 0,
    local: {
      owns: (jid) => jid.startsWith('local:'),
      say: (_, text) => local.push(text),
    },
    inbox: {
      receive(chat, message) {
        received.push({ chat, message });
        messages.accept(chat, message);
      },
      keepFile: (_, { name }) => ({ path: `/workspace/group/attachments/${name}` }),
    },
  });
  return { say, received, local, messages, end: () => database.close() };
}

test('what the owner writes into a chat of another app is the owner’s, with the trigger before it', () => {
  const page = aPage();
  const seq = page.say(FAMILY, ' what is for dinner? ');
  const { chat, message } = page.received[0]!;
  expect(chat).toEqual({ jid: FAMILY, channel: 'telegram', isGroup: false });
  expect(message).toMatchObject({ isFromMe: true, sender: 'local:owner', content: '@Andy what is for dinner?' });
  expect(page.messages.bySeq(FAMILY, seq)?.content).toBe('@Andy what is for dinner?');
  page.end();
});

test.each([
  ['a message that has the trigger', '@andy hello', {}],
  ['a command to the host', '/stop', {}],
  ['a chat that needs no trigger', 'hello', { requiresTrigger: false }],
])('%s is left as it is', (_, text, settings) => {
  const page = aPage(settings);
  page.say(FAMILY, text);
  expect(page.received[0]!.message.content).toBe(text);
  page.end();
});

test('files go along, and a local chat is left to the local channel', () => {
  const page = aPage();
  page.say(FAMILY, '', [{ name: 'list.txt', content: Buffer.from('milk') }]);
  expect(page.received[0]!.message).toMatchObject({
    content: '@Andy [file: list.txt]',
    attachments: [{ type: 'document', name: 'list.txt', path: '/workspace/group/attachments/list.txt' }],
  });
  page.say('local:main' as ChatJid, 'hi');
  expect(page.local).toEqual(['hi']);
  page.end();
});

test('what cannot be said is refused, and nothing is received', () => {
  const page = aPage();
  const refused = (jid: string, text: string) => expect(() => page.say(jid as ChatJid, text));
  refused(FAMILY, '  ').toThrow('empty');
  refused('tg:99', 'hello').toThrow('not registered');
  refused(FAMILY, 'x'.repeat(4_000_001)).toThrow('send it in parts');
  expect(page.received).toEqual([]);
  page.end();
});
