import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inboxRules, registerChats, startTelegramServer, type TelegramServer, until } from '@nanoclaw/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStores, type Stores } from '../../app-stores.ts';
import { createChannelHealth } from '../../flows/channel-health.ts';
import { createInbox } from '../../flows/inbox.ts';
import type { Clock } from '../../kernel/clock.ts';
import { systemClock } from '../../kernel/clock.ts';
import type { LogFields } from '../../kernel/log.ts';
import { silentLog } from '../../kernel/log.ts';
import type { ChatJid } from '../../messages/message.ts';
import { formatPrompt } from '../../messages/prompt.ts';
import type { Channel } from '../channel.ts';
import { MAX_TELEGRAM_FILE_BYTES } from './client.ts';
import { createTelegramChannel, MAX_TELEGRAM_CHARS } from './telegram-channel.ts';

const CHAT = 'tg:42' as ChatJid;
let server: TelegramServer;
let stores: Stores;
let channel: Channel;
let lines: string[];
let groupsDirectory: string;

beforeEach(async () => {
  server = await startTelegramServer();
  stores = openStores(':memory:');
  registerChats(stores.groups, CHAT);
  groupsDirectory = mkdtempSync(join(tmpdir(), 'nanoclaw-telegram-'));
  mkdirSync(join(groupsDirectory, 'chat0'));
  lines = [];
});
afterEach(async () => {
  await channel.stop();
  await server.close();
  rmSync(groupsDirectory, { recursive: true });
});

/** Waits a hundredth of what it is told to. */
const hastyClock: Clock = { now: systemClock.now, sleep: (ms, signal) => systemClock.sleep(ms / 100, signal) };
const keep = (event: string, fields: LogFields = {}): unknown => lines.push(`${event} ${JSON.stringify(fields)}`);

function connect(token = server.token): void {
  const inbox = createInbox({
    ...stores,
    onStored: () => undefined,
    ...inboxRules(groupsDirectory),
    transcribe: async (content) => `what ${content.toString()} says`,
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

test('whose words they are stands before them, where there is room', async () => {
  connect();
  const message = { outboxId: 1, chatJid: CHAT, sender: 'bob' };
  await channel.send({ ...message, part: 0, text: 'done' });
  await channel.send({ ...message, part: 1, text: 'more' });
  await channel.send({ ...message, part: 0, text: 'x'.repeat(MAX_TELEGRAM_CHARS) });
  expect(server.sent.map(({ text }) => text)).toEqual(['bob: done', 'more', 'x'.repeat(MAX_TELEGRAM_CHARS)]);
});

describe('markup', () => {
  test('is shown as Telegram shows it', async () => {
    connect();
    expect(await send('the **answer** is `42`')).toMatchObject({ kind: 'sent' });
    expect(server.sent).toMatchObject([{ text: 'the answer is 42', html: 'the <b>answer</b> is <code>42</code>' }]);
  });

  test('that Telegram does not take goes out as it was written, once', async () => {
    connect();
    server.faults.push({ method: 'sendMessage', does: { status: 400, description: "can't parse entities" }, times: 1 });
    expect(await send('the **answer**')).toMatchObject({ kind: 'sent' });
    expect(server.sent).toMatchObject([{ text: 'the **answer**' }]);
    expect(server.sent[0]?.html).toBeUndefined();
  });
});

describe('files', () => {
  const PNG = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.from('picture')]);
  const attachments = () => stores.messages.after(CHAT, 0, 100).map((message) => message.attachments?.[0]);
  const kept = (): string[] => readdirSync(join(groupsDirectory, 'chat0', 'attachments')).sort();
  const sendDocument = (fileId: string, name: string, content: Buffer | undefined): number => {
    server.files.set(fileId, content);
    const document = { file_id: fileId, file_name: name };
    return server.write(42, '', { text: undefined, caption: 'look', document });
  };

  test('that people send lie in the folder of their group under safe names, and are what their bytes say', async () => {
    connect();
    server.files.set('photo2', PNG);
    const photo = [{ file_id: 'photo1' }, { file_id: 'photo2' }];
    const first = server.write(42, '', { text: undefined, photo, caption: 'a picture' });
    const second = sendDocument('d', '../../../etc/cron.d/x\u202e\u0000\n.pdf', Buffer.from('GIF89a...'));
    await until('both are stored', () => attachments().length === 2);

    expect(attachments()).toEqual([
      { type: 'image', name: '', path: `/workspace/group/attachments/${first}-image` },
      { type: 'image', name: expect.any(String), path: `/workspace/group/attachments/${second}-x.pdf` },
    ]);
    expect(kept()).toEqual([`${first}-image`, `${second}-x.pdf`].sort());
    expect(readFileSync(join(groupsDirectory, 'chat0', 'attachments', `${first}-image`))).toEqual(PNG);
  });

  test('that are too large, or that Telegram does not give, are told of, and the message is there', async () => {
    connect();
    sendDocument('large', 'film.mp4', undefined);
    sendDocument('larger', 'film.mp4', Buffer.alloc(MAX_TELEGRAM_FILE_BYTES + 1));
    await until('both are stored', () => attachments().length === 2);

    expect(attachments()).toEqual([
      { type: 'document', name: 'film.mp4', problem: 'it could not be fetched' },
      { type: 'document', name: 'film.mp4', problem: expect.stringContaining('it is larger than') },
    ]);
    expect(formatPrompt(stores.messages.after(CHAT, 0, 1), { timezone: 'UTC', total: 1 })).toContain(
      '<attachment type="document" name="film.mp4" problem="it could not be fetched" />',
    );
  });

  test('that are voice notes come with what was said in them', async () => {
    connect();
    server.files.set('v', Buffer.from('the note'));
    server.write(42, '', { text: undefined, voice: { file_id: 'v' } });
    await waitFor('[voice] what the note says');
    expect(attachments()).toMatchObject([{ type: 'voice', path: expect.stringMatching(/attachments\/\d+-voice$/) }]);
  });

  test('are not fetched for a chat that is not registered', async () => {
    connect();
    server.files.set('x', PNG);
    server.write(7, '', { text: undefined, document: { file_id: 'x' } });
    server.write(42, 'after');
    await waitFor('after');
    expect(readdirSync(groupsDirectory)).toEqual(['chat0']);
  });

  test('are not written through a link that an agent has put in their way', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'nanoclaw-elsewhere-'));
    symlinkSync(elsewhere, join(groupsDirectory, 'chat0', 'attachments'));
    connect();
    sendDocument('d', 'x', PNG);
    await until('it is stored', () => attachments().length === 1);

    expect(attachments()).toEqual([{ type: 'document', name: 'x', problem: 'it could not be kept' }]);
    expect(readdirSync(elsewhere)).toEqual([]);
    rmSync(elsewhere, { recursive: true });
  });

  test('that agents send arrive whole, pictures as pictures', async () => {
    connect();
    const path = join(groupsDirectory, 'copy');
    writeFileSync(path, PNG);
    const file = { outboxId: 1, part: 0, chatJid: CHAT, sender: null, path, bytes: PNG.length, caption: 'done' };

    const photo = { ...file, name: 'a.png', type: 'image', mime: 'image/png' } as const;
    expect(await channel.sendFile?.(photo)).toMatchObject({ kind: 'sent' });
    const other = { ...file, name: 'a.bin', type: 'document', mime: 'application/octet-stream', caption: '' } as const;
    expect(await channel.sendFile?.(other)).toMatchObject({ kind: 'sent' });

    expect(server.sent).toMatchObject([
      { chatId: '42', text: 'done', file: { name: 'a.png', as: 'photo', content: PNG } },
      { text: '', file: { name: 'a.bin', as: 'document' } },
    ]);
  });

  test('reactions are set on the message', async () => {
    connect();
    expect(await channel.react?.({ chatJid: CHAT, messageId: '9', emoji: '👍' })).toMatchObject({ kind: 'sent' });
    expect(server.reactions).toEqual(['42/9 👍']);
  });
});
