import { inboxRules, registerChats } from '@nanoclaw/testkit';
import { beforeEach, describe, expect, test } from 'vitest';
import { openStores, type Stores } from '../../app-stores.ts';
import { createChannelHealth } from '../../flows/channel-health.ts';
import { createInbox } from '../../flows/inbox.ts';
import { silentLog } from '../../kernel/log.ts';
import { createSignal } from '../../kernel/signals.ts';
import { type ChatJid, MAX_INBOUND_CHARS, type StoredMessage } from '../../messages/message.ts';
import type { ConversationEvent } from './conversation-event.ts';
import { createLocalChannel, HISTORY_LENGTH, type LocalChannel, MAX_VIEWERS } from './local-channel.ts';

const MAIN = 'local:main' as ChatJid;
let stores: Stores;
let local: LocalChannel;

beforeEach(() => {
  stores = openStores(':memory:');
  registerChats(stores.groups, MAIN, 'local:other');
  const stored = createSignal<StoredMessage>();
  const { receive } = createInbox({
    ...stores,
    onStored: stored.emit,
    ...inboxRules(),
    health: createChannelHealth(() => 0),
    now: () => 0,
    log: silentLog,
  });
  local = createLocalChannel({
    messages: stores.messages,
    files: stores.files,
    pathOfFile: (key) => `/kept/${key}`,
    keepFile: (_, { name }) => ({ path: `/workspace/group/attachments/${name}` }),
    receive,
    now: () => 0,
  });
  stored.subscribe(local.onStored);
});

function watching(chat = MAIN): ConversationEvent[] {
  const events: ConversationEvent[] = [];
  local.watch(chat, (event) => events.push(event));
  return events;
}

describe('what the owner says', () => {
  test('is stored trimmed and shown to everybody who looks at the chat, and to nobody else', () => {
    const here = watching();
    const elsewhere = watching('local:other' as ChatJid);

    const seq = local.say(MAIN, '  hello\n');

    const message = { seq, from: 'owner', sender: 'Owner', text: 'hello', time: '1970-01-01T00:00:00.000Z' };
    expect(here).toEqual([
      { kind: 'typing', isTyping: false },
      { kind: 'message', message },
    ]);
    expect(elsewhere).toHaveLength(1);
    expect(local.history(MAIN)).toEqual([message]);
  });

  test('is refused when it is empty or longer than a message may be', () => {
    const refused = expect.objectContaining({ code: 'message-refused' });

    expect(() => local.say(MAIN, ' \n ')).toThrow(refused);
    expect(() => local.say(MAIN, 'x'.repeat(MAX_INBOUND_CHARS + 1))).toThrow(refused);

    expect(local.history(MAIN)).toEqual([]);
  });
});

describe('history', () => {
  test('is the newest messages, or the next ones after a given one', () => {
    const seqs = Array.from({ length: HISTORY_LENGTH + 5 }, (_, index) => local.say(MAIN, `text ${index}`));

    expect(local.history(MAIN)).toHaveLength(HISTORY_LENGTH);
    expect(local.history(MAIN)[0]!.seq).toBe(seqs[5]);
    expect(local.history(MAIN, seqs[1]!)[0]!.seq).toBe(seqs[2]);
    expect(local.history(MAIN, seqs.at(-1)!)).toEqual([]);
  });
});

describe('a viewer', () => {
  test('is told when typing begins and ends, once each, and what is being written', async () => {
    const events = watching();
    for (const isTyping of [true, true, false, false]) await local.setTyping(MAIN, isTyping);
    local.showPartial?.(MAIN, 'half');

    expect(events.slice(1)).toEqual([
      { kind: 'typing', isTyping: true },
      { kind: 'typing', isTyping: false },
      { kind: 'partial', text: 'half' },
    ]);
  });

  test('that comes later is told the state at once', async () => {
    await local.setTyping(MAIN, true);

    expect(watching()).toEqual([{ kind: 'typing', isTyping: true }]);
  });

  test('is told nothing after it has left; there is a most of them', () => {
    const events: ConversationEvent[] = [];
    const leave = local.watch(MAIN, (event) => events.push(event));
    for (let count = 1; count < MAX_VIEWERS; count++) watching();
    expect(() => watching()).toThrow(expect.objectContaining({ code: 'host-refused' }));

    leave();
    local.say(MAIN, 'hello');

    expect(events).toHaveLength(1);
    watching();
  });
});

test('a send is shown when it is stored, and has the same id each time it is tried', async () => {
  const message = { outboxId: 7, part: 0, chatJid: MAIN, text: 'hi', sender: null };

  expect(await local.send(message)).toEqual({ kind: 'sent', platformId: 'local-out-7' });
  expect(await local.send(message)).toEqual({ kind: 'sent', platformId: 'local-out-7' });
  expect(local.owns(MAIN)).toBe(true);
  expect(local.owns('tg:1' as ChatJid)).toBe(false);
});
