import { beforeEach, describe, expect, test } from 'vitest';
import { OPEN_ACCESS, type SenderAccess } from '../access/sender-rules.ts';
import { openStores, type Stores } from '../app-stores.ts';
import { type Group, planGroup } from '../groups/group.ts';
import type { ChatJid } from '../messages/message.ts';
import { createFindPendingWork, type FindPendingWork } from './pending-work.ts';
import { createWakeRule } from './sender-gate.ts';

const CHAT = 'tg:1' as ChatJid;
const defaults = { trigger: '@Andy', addedAt: '2026-01-01T00:00:00.000Z' };
const group: Group = planGroup({ jid: CHAT, name: 'Friends', folder: 'friends' }, defaults);

let stores: Stores;
let looks: number;
let access: SenderAccess;
let version: number;
let findPendingWork: FindPendingWork;

beforeEach(() => {
  stores = openStores(':memory:');
  looks = 0;
  const messages: Stores['messages'] = {
    ...stores.messages,
    someUnhandled: (chatJid, seq, test) =>
      stores.messages.someUnhandled(chatJid, seq, (message) => {
        looks++;
        return test(message);
      }),
  };
  access = OPEN_ACCESS;
  version = 1;
  const wakeRule = createWakeRule({ current: () => access, version: () => version });
  findPendingWork = createFindPendingWork({ messages, wakeRule, maxMessages: 3, timezone: 'UTC' });
});

let count = 0;
function say(...texts: string[]): void {
  for (const content of texts) {
    const message = { id: `m${count++}`, chatJid: CHAT, sender: 'ann', senderName: 'Ann', content };
    const chat = { jid: CHAT, channel: 'telegram', isGroup: true };
    stores.messages.accept(chat, { ...message, timestamp: '2026-01-01T00:00:00.000Z' });
  }
}

describe('work is pending', () => {
  test('when a message is meant for the assistant, with everything since the cursor', () => {
    say('one', 'two', '@Andy three');

    expect(findPendingWork(group, 1)).toMatchObject({ fromSeq: 1, toSeq: 3 });
    expect(findPendingWork(group, 1)!.prompt).toMatch(/two[\s\S]*three/);
    expect(findPendingWork(group, 1)!.prompt).not.toContain('>one<');
  });

  test('when the trigger is further back than the prompt goes', () => {
    say('@Andy help', 'a', 'b', 'c', 'd');

    expect(findPendingWork(group, 0)).toMatchObject({ toSeq: 5 });
    expect(findPendingWork(group, 0)!.prompt).toContain('<omitted count="2">');
  });

  test('not when nothing came, or nothing that is meant for it', () => {
    expect(findPendingWork(group, 0)).toBeUndefined();
    say('one', 'two');
    expect(findPendingWork(group, 0)).toBeUndefined();
    say('@Andy');
    expect(findPendingWork(group, 3)).toBeUndefined();
  });

  test('when a live sandbox had taken it and did not answer it', () => {
    say('@Andy one');
    expect(findPendingWork(group, 1)).toBeUndefined();

    expect(findPendingWork(group, 0)).toMatchObject({ fromSeq: 0, toSeq: 1 });
  });

  test('when the rule changes, also for what was read in vain before', () => {
    say('hello @Bea', '@Bea hello');
    expect(findPendingWork(group, 0)).toBeUndefined();

    expect(findPendingWork({ ...group, trigger: '@Bea' }, 0)).toMatchObject({ toSeq: 2 });
    expect(findPendingWork({ ...group, requiresTrigger: false }, 0)).toMatchObject({ toSeq: 2 });
    expect(findPendingWork(group, 0)).toBeUndefined();
  });
});

describe('the sender allowlist', () => {
  const nobody: SenderAccess = {
    rules: { default: { allow: [], mode: 'trigger' }, chats: {}, logDenied: false },
  };

  test('keeps a trigger of somebody else as context', () => {
    access = nobody;
    say('@Andy let me in');
    expect(findPendingWork(group, 0)).toBeUndefined();
    expect(findPendingWork({ ...group, requiresTrigger: false }, 0)).toBeUndefined();
    expect(findPendingWork({ ...group, isMain: true }, 0)).toMatchObject({ toSeq: 1 });
  });

  test('lets in what it had kept out, when it changes', () => {
    access = nobody;
    say('@Andy let me in');
    expect(findPendingWork(group, 0)).toBeUndefined();
    access = OPEN_ACCESS;
    version++;

    expect(findPendingWork(group, 0)).toMatchObject({ toSeq: 1 });
  });
});

test('a chat in which people talk among themselves costs one look per message', () => {
  for (let round = 0; round < 500; round++) {
    say(`chatter ${round}`);
    expect(findPendingWork(group, 0)).toBeUndefined();
  }

  expect(looks).toBe(500);
});
