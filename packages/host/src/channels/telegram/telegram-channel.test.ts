import { registerChats, startTelegramServer, type TelegramServer, until } from '@nanoclaw/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStores, type Stores } from '../../app-stores.ts';
import { createChannelHealth } from '../../flows/channel-health.ts';
import { createInbox } from '../../flows/inbox.ts';
import type { Clock } from '../../kernel/clock.ts';
import { systemClock } from '../../kernel/clock.ts';
import type { LogFields } from '../../kernel/log.ts';
import { silentLog } from '../../kernel/log.ts';
import type { ChatJid } from '../../messages/message.ts';
import type { Channel } from '../channel.ts';
import { createTelegramChannel, MAX_TELEGRAM_CHARS } from './telegram-channel.ts';

const CHAT = 'tg:42' as ChatJid;
let server: TelegramServer;
let stores: Stores;
let channel: Channel;
let lines: string[];

beforeEach(async () => {
  server = await startTelegramServer();
  stores = openStores(':memory:');
  registerChats(stores.groups, CHAT);
  lines = [];
});
afterEach(async () => {
  await channel.stop();
  await server.close();
});

/** Waits a hundredth of what it is told to. */
const hastyClock: Clock = { now: systemClock.now, sleep: (ms, signal) => systemClock.sleep(ms / 100, signal) };
const keep = (event: string, fields: LogFields = {}): unknown => lines.push(`${event} ${JSON.stringify(fields)}`);

function connect(token = server.token): void {
  const inbox = createInbox({
    ...stores,
    onStored: () => undefined,
    isDropped: () => false,
    takeCommand: () => undefined,
    health: createChannelHealth(systemClock.now),
    now: systemClock.now,
    log: silentLog,
  });
  const log = { ...silentLog, warn: keep, error: keep };
  const triggerOf = (): string => '@Andy';
  const nature = { clock: hastyClock, random: () => 0.5 };
  channel = createTelegramChannel({ token, apiRoot: server.root, inbox, triggerOf, ...nature, log });
}

const stored = (): string[] => stores.messages.after(CHAT, 0, 100).map(({ content }) => content);
const waitFor = (...texts: string[]): Promise<unknown> =>
  until(`${texts.join()} are stored`, () => texts.every((text) => stored().includes(text)));
const send = (text: string) => channel.send({ outboxId: 1, part: 0, chatJid: CHAT, text, sender: null });

describe('receiving', () => {
  test('stores messages in order and confirms them after that', async () => {
    connect();
    for (const text of ['one', 'two', 'three']) server.write(42, text);
    await waitFor('three');

    expect(stored()).toEqual(['one', 'two', 'three']);
    await until('they are confirmed', () => server.unconfirmed() === 0);
  });

  test('an update that cannot be stored is not confirmed, and comes again', async () => {
    stores.database.exec("CREATE TEMP TRIGGER full BEFORE INSERT ON messages BEGIN SELECT RAISE(ABORT, 'no'); END");
    connect();
    server.write(42, 'one');
    await until('the channel says so', () => channel.condition().phase === 'down');
    expect(server.unconfirmed()).toBe(1);
    expect(channel.condition()).toMatchObject({ reason: expect.stringContaining('could not be stored') });

    stores.database.exec('DROP TRIGGER full');
    await waitFor('one');
    await until('the channel is well', () => channel.condition().phase === 'connected');
  });

  test('what a dead host had taken and not confirmed is stored once', async () => {
    connect();
    server.write(42, 'one');
    await waitFor('one');
    await channel.stop();
    connect();
    server.write(42, 'two');
    await waitFor('two');

    expect(stored()).toEqual(['one', 'two']);
  });

  test.each(['break-before', 'break-after', { status: 502 }] as const)(
    'goes on after requests that end in %j, without loss or repetition',
    async (does) => {
      server.faults.push({ method: 'getUpdates', does, times: 3 });
      connect();
      for (const text of ['one', 'two']) server.write(42, text);
      await waitFor('one', 'two');

      expect(stored()).toEqual(['one', 'two']);
    },
  );

  test('goes on after every connection broke', async () => {
    connect();
    server.write(42, 'one');
    await waitFor('one');
    server.drop();
    server.write(42, 'two');
    await waitFor('two');

    expect(stored()).toEqual(['one', 'two']);
  });

  test('an edit replaces the text', async () => {
    connect();
    const id = server.write(42, 'teh');
    await waitFor('teh');
    server.edit(42, id, 'the');
    await waitFor('the');

    expect(stored()).toEqual(['the']);
  });

  test('an update of an unknown form is kept aside and holds nothing up', async () => {
    connect();
    server.push({ message: { message_id: 'x' } });
    server.write(42, 'after');
    await waitFor('after');

    expect(stores.quarantine.counts()).toEqual({ platform: 1 });
  });
});

describe('sending', () => {
  beforeEach(() => connect());

  test('gives the id of the platform', async () => {
    const outcome = await send('hi');

    expect(outcome).toEqual({ kind: 'sent', platformId: String(server.sent[0]!.messageId) });
    expect(server.sent).toMatchObject([{ chatId: '42', text: 'hi' }]);
  });

  test.each([
    [
      { status: 429, retryAfter: 7 },
      { kind: 'retry', afterMs: 7_000 },
    ],
    [{ status: 500 }, { kind: 'unknown' }],
    [{ status: 403, description: 'Forbidden: bot was blocked by the user' }, { kind: 'refused' }],
    [{ status: 400, description: 'Bad Request: chat not found' }, { kind: 'refused' }],
    ['break-after', { kind: 'unknown' }],
  ] as const)('tells what %j means for the message', async (does, outcome) => {
    server.faults.push({ method: 'sendMessage', does, times: 1 });

    expect(await send('hi')).toMatchObject(outcome);
  });

  test('an unreachable server has certainly not got it', async () => {
    await server.close();

    expect(await send('hi')).toMatchObject({ kind: 'retry', reason: expect.stringContaining('ECONNREFUSED') });
    server = await startTelegramServer();
  });

  test('a long text is cut into parts that Telegram takes', async () => {
    const parts = channel.split!('word '.repeat(2_000));
    for (const part of parts) expect(await send(part)).toMatchObject({ kind: 'sent' });

    expect(parts.length).toBeGreaterThan(2);
    expect(parts.every((part) => part.length <= MAX_TELEGRAM_CHARS)).toBe(true);
  });

  test('typing is shown', async () => {
    await channel.setTyping(CHAT, true);
    expect(server.typing).toEqual(['42']);
  });
});

test('a refused token is said in one sentence, without the token, and is tried again', async () => {
  connect('999:another-token');
  await until('the channel is down', () => channel.condition().phase === 'down');

  expect(channel.condition()).toEqual({
    phase: 'down',
    reason: 'Telegram refuses the token: check TELEGRAM_BOT_TOKEN',
  });
  await until('it was tried again', () => lines.length > 1);
  expect(lines.join()).not.toContain('another-token');
  expect(JSON.stringify(await send('hi'))).not.toContain('another-token');
});

test('stops in the middle of a long poll', async () => {
  connect();
  await until('it is connected', () => channel.condition().phase === 'connected');
  await channel.stop();
  const seen = server.unconfirmed();
  server.write(42, 'too late');

  expect(server.unconfirmed()).toBe(seen + 1);
  expect(stored()).toEqual([]);
});
