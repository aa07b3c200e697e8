import { beforeEach, describe, expect, test } from 'vitest';
import { openStore } from '../store/open-store.ts';
import { createUsageStore } from '../usage/usage-store.ts';
import type { ChatJid } from './message.ts';
import { createMessageWrites } from './message-writes-store.ts';
import { createOutboxStore } from './outbox-store.ts';
import { createTurnStore, type Turn } from './turn-store.ts';

const CHAT = 'tg:1' as ChatJid;
let database: ReturnType<typeof openStore>;
beforeEach(() => {
  database = openStore(':memory:');
});

const aTurn = (overrides: Partial<Turn> = {}): Turn => ({
  id: 't1',
  chatJid: CHAT,
  groupFolder: 'main',
  runId: 'r1',
  fromSeq: 0,
  toSeq: 3,
  ...overrides,
});

describe('turns', () => {
  test('end once, as done or failed; what comes later changes nothing', () => {
    const turns = createTurnStore(database);
    turns.open(aTurn(), 1);
    turns.finish('t1', { state: 'done' }, 2);
    turns.finish('t1', { state: 'failed', errorKind: 'network' }, 3);

    expect(database.prepare('SELECT state, error_kind, started_at, ended_at FROM turns').raw().all()).toEqual([
      ['done', null, 1, 2],
    ]);
  });

  test('that a dead host has left running are closed at start and are no failures', () => {
    const turns = createTurnStore(database);
    turns.open(aTurn(), 1);
    turns.open(aTurn({ id: 't2' }), 1);
    turns.finish('t2', { state: 'failed', errorKind: 'network' }, 2);

    expect(turns.failRunning('host-died', 5)).toBe(1);
    expect(turns.failRunning('host-died', 6)).toBe(0);

    expect(turns.failuresFrom(CHAT, 0)).toBe(1);
    expect(turns.failuresFrom(CHAT, 1)).toBe(0);
    expect(turns.failuresFrom('tg:2' as ChatJid, 0)).toBe(0);
    expect(turns.counts()).toEqual({ failed: 2 });
  });
});

describe('the outbox', () => {
  test('gives the oldest pending text of a chat until it is sent or failed', () => {
    const outbox = createOutboxStore(database);
    const [first, second] = ['one', 'two'].map((text) => outbox.add({ chatJid: CHAT, text, origin: 'answer', now: 7 }));
    expect(outbox.nextUnsent(CHAT)).toEqual({
      id: first,
      chatJid: CHAT,
      text: 'one',
      payload: null,
      sender: null,
      origin: 'answer',
      state: 'pending',
      partsSent: 0,
      attempts: 0,
      createdAt: 7,
      nextAttemptAt: 7,
      platformId: null,
      answers: null,
    });

    outbox.postpone(first!, 'down', 99);
    expect(outbox.nextUnsent(CHAT)).toMatchObject({ id: first, attempts: 1, nextAttemptAt: 99 });
    outbox.markSent(first!, 'p1', 100);
    expect(outbox.nextUnsent(CHAT)).toMatchObject({ id: second });
    outbox.markFailed(second!, 'refused');

    expect(outbox.nextUnsent(CHAT)).toBeUndefined();
    expect(outbox.counts()).toEqual({ sent: 1, failed: 1 });
  });

  test('knows which message a turn answers, and in which thread; what is said elsewhere answers nothing', () => {
    const outbox = createOutboxStore(database);
    const messages = createMessageWrites(database);
    const question = { id: '77', chatJid: CHAT, sender: 'tg:7', senderName: 'Ann', content: 'where?', timestamp: '' };
    const asked = messages.accept({ jid: CHAT, channel: 'telegram', isGroup: true }, { ...question, thread: '12' });
    createTurnStore(database).open(aTurn({ askedSeq: asked?.seq }), 1);
    const say = (chat: string, turnId?: string): void => {
      const chatJid = chat as ChatJid;
      outbox.add({ chatJid, text: 'here', origin: 'answer', now: 7, ...(turnId === undefined ? {} : { turnId }) });
    };
    say(CHAT, 't1');
    say('tg:2', 't1');
    say('tg:3');

    expect(outbox.nextUnsent(CHAT)?.answers).toEqual({ messageId: '77', thread: '12' });
    expect(outbox.nextUnsent('tg:2' as ChatJid)?.answers).toBeNull();
    expect(outbox.nextUnsent('tg:3' as ChatJid)?.answers).toBeNull();
  });

  test('knows the chats that wait for something', () => {
    const outbox = createOutboxStore(database);
    for (const jid of ['a', 'b', 'a'])
      outbox.add({ chatJid: jid as ChatJid, text: 'x', origin: 'tool', now: 1, sender: 'Scout' });
    outbox.markSent(outbox.nextUnsent('b' as ChatJid)!.id, 'p', 1);

    expect(outbox.chatsWithUnsent()).toEqual(['a']);
  });
});

test('usage is summed over the time asked for, cached input included', () => {
  const usage = createUsageStore(database);
  const entry = { turnId: 't', groupFolder: 'main', inputTokens: 1, outputTokens: 2, durationMs: 1.5 };
  usage.add({ ...entry, cacheReadTokens: 10, cacheWriteTokens: 100, costUsd: 0.25, now: 1_000 });
  usage.add({ ...entry, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: 0.5, now: 2_000 });

  expect(usage.totalsSince(0)).toEqual({ results: 2, inputTokens: 112, outputTokens: 4, costUsd: 0.75 });
  expect(usage.totalsSince(2_000)).toMatchObject({ results: 1, costUsd: 0.5 });
  expect(usage.totalsSince(3_000)).toEqual({ results: 0, inputTokens: 0, outputTokens: 0, costUsd: 0 });
});
