import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DISCORD_CHANNELS,
  DISCORD_SENDS,
  type DiscordServer,
  inboxRules,
  registerChats,
  startDiscordServer,
  until,
} from '@nanoclaw/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { knownChats } from '../../app-known-chats.ts';
import { openStores, type Stores } from '../../app-stores.ts';
import { createChannelHealth } from '../../flows/channel-health.ts';
import { createInbox } from '../../flows/inbox.ts';
import { type Clock, systemClock } from '../../kernel/clock.ts';
import { type LogFields, silentLog } from '../../kernel/log.ts';
import type { ChatJid } from '../../messages/message.ts';
import type { Channel } from '../channel.ts';
import { MAX_INBOUND_FILE_BYTES } from '../inbound-files.ts';
import { createDiscordChannel, MAX_DISCORD_CHARS } from './discord-channel.ts';

const PATIENCE_MS = 90_000;
const { general, random, thread, private: alone } = DISCORD_CHANNELS;
const CHAT = `dc:${general}` as ChatJid;
const PRIVATE = `dc:${alone}` as ChatJid;
let server: DiscordServer;
let stores: Stores;
let channel: Channel;
let lines: string[];
let groupsDirectory: string;

beforeEach(async () => {
  server = await startDiscordServer();
  stores = openStores(':memory:');
  registerChats(stores.groups, CHAT, PRIVATE, `dc:${thread}`);
  groupsDirectory = mkdtempSync(join(tmpdir(), 'nanoclaw-discord-'));
  mkdirSync(join(groupsDirectory, 'chat0'));
  lines = [];
  channel = connect();
});
afterEach(async () => {
  await channel.stop();
  await server.close();
  rmSync(groupsDirectory, { recursive: true });
});

/** Waits a tenth of what it is told to. */
const hastyClock: Clock = { now: systemClock.now, sleep: (ms, signal) => systemClock.sleep(ms / 10, signal) };
const keep = (event: string, fields: LogFields = {}): unknown => lines.push(`${event} ${JSON.stringify(fields)}`);

function connect(token = server.token, clock = systemClock): Channel {
  const inbox = createInbox({
    ...stores,
    onStored: () => undefined,
    ...inboxRules(groupsDirectory),
    transcribe: async (content) => `what ${content.toString()} says`,
    health: createChannelHealth(systemClock.now),
    now: systemClock.now,
    log: silentLog,
  });
  return createDiscordChannel({
    token,
    apiUrl: server.apiUrl,
    inbox,
    triggerOf: () => '@Robo',
    knownChats: () => knownChats(stores, 'dc:', systemClock.now()),
    clock,
    random: () => 0.5,
    log: { ...silentLog, info: keep, warn: keep, error: keep },
  });
}

const messages = (chat = CHAT) => stores.messages.after(chat, 0, 300);
const stored = (chat = CHAT): string[] => messages(chat).map(({ content }) => content);
const waitFor = (text: string, chat = CHAT): Promise<unknown> =>
  until(`${text} is stored`, () => stored(chat).includes(text), PATIENCE_MS);
const connected = (): Promise<unknown> =>
  until('it is connected', () => server.isConnected() && channel.condition().phase === 'connected', PATIENCE_MS);
const message = { outboxId: 1, part: 0, chatJid: CHAT, sender: null };
const send = (text: string) => channel.send({ ...message, text });

describe('receiving', { timeout: 120_000 }, () => {
  test('stores messages in order, and knows who and where', async () => {
    await connected();
    for (const text of ['one', 'two', 'three']) server.write(general, text);
    server.write(alone, 'in private');
    server.write(thread, 'in the thread');
    await waitFor('three');
    await waitFor('in private', PRIVATE);
    await waitFor('in the thread', `dc:${thread}` as ChatJid);

    expect(stored()).toEqual(['one', 'two', 'three']);
    expect(messages()[0]).toMatchObject({ sender: expect.stringMatching(/^dc:\d+$/), senderName: 'Ann' });
    expect(stores.messages.chat(CHAT)).toMatchObject({ name: 'Team #general' });
    expect(stores.messages.chat(PRIVATE)).toMatchObject({ name: 'Ann' });
    expect(stores.messages.groupChats(9).map(({ name }) => name)).toContain('Team #random');
  });

  test('a mention of the bot or of its role is its trigger; names stand for ids', async () => {
    await connected();
    server.mention(general, 'hello');
    server.write(general, 'hey <@&800000000000000002> look', { mention_roles: ['800000000000000002'] });
    server.write(general, `see <#${random}> <:party:123> and <@42>`, { mentions: [{ id: '42', username: 'bob' }] });
    await waitFor('see #random :party: and @bob');

    expect(stored().slice(0, 2)).toEqual(['@Robo hello', '@Robo hey  look']);
  });

  test('a reply tells what it replies to', async () => {
    await connected();
    const id = server.write(general, 'the question');
    const author = { id: '42', username: 'bob', global_name: 'Bob' };
    server.write(general, 'the reply', { type: 19, referenced_message: { id, content: 'the question', author } });
    await waitFor('the reply');

    expect(messages()[1]?.replyTo).toEqual({ id, content: 'the question', senderName: 'Bob' });
  });

  test('goes on after a request to reconnect and after a drop, without loss or repetition', async () => {
    await connected();
    server.write(general, 'one');
    await waitFor('one');
    server.askToReconnect();
    server.write(general, 'two');
    await until('it has resumed', () => server.counts.resumes === 1, PATIENCE_MS);
    await waitFor('two');
    server.drop();
    server.write(general, 'three');
    await waitFor('three');

    expect(stored()).toEqual(['one', 'two', 'three']);
    expect(server.counts).toMatchObject({ identifies: 1, resumes: 2 });
  });

  test('fetches what was written while there was no session, in order and once', async () => {
    await connected();
    server.write(general, 'start');
    await waitFor('start');
    await channel.stop();
    server.goAway();
    for (let count = 1; count <= 120; count++) server.write(general, `missed ${count}`);
    server.comeBack();
    channel = connect();
    await waitFor('missed 120');
    server.write(general, 'after');
    await waitFor('after');

    const missed = Array.from({ length: 120 }, (_, index) => `missed ${index + 1}`);
    expect(stored()).toEqual(['start', ...missed, 'after']);
  });

  test('a session that Discord has ended begins anew, with what was said between', async () => {
    await connected();
    server.write(general, 'one');
    await waitFor('one');
    server.forgetSession();
    server.write(general, 'between');
    await until('it has a new session', () => server.counts.identifies === 2, PATIENCE_MS);
    await waitFor('between');

    expect(stored()).toEqual(['one', 'between']);
  });

  test('an edit replaces the text, a deletion marks it', async () => {
    await connected();
    const id = server.write(general, 'teh');
    await waitFor('teh');
    server.edit(general, id, 'the');
    await waitFor('the');
    server.remove(general, id);
    await until('it is marked', () => messages()[0]?.deletedAt !== undefined, PATIENCE_MS);

    expect(stored()).toEqual(['the']);
  });

  test('what bots, webhooks and Discord itself write is not stored', async () => {
    await connected();
    server.write(general, 'a bot', { author: { id: '9', username: 'other', bot: true } });
    server.write(general, 'a webhook', { webhook_id: '7' });
    server.write(general, 'Bob has joined', { type: 7 });
    server.write(general, 'after');
    await waitFor('after');

    expect(stored()).toEqual(['after']);
  });

  test('what cannot be stored is said and tried until it can, before what follows', async () => {
    await connected();
    stores.database.exec("CREATE TEMP TRIGGER full BEFORE INSERT ON messages BEGIN SELECT RAISE(ABORT, 'no'); END");
    server.write(general, 'one');
    server.write(general, 'two');
    await until('it is said', () => channel.condition().phase === 'down', PATIENCE_MS);
    expect(channel.condition()).toMatchObject({ reason: expect.stringContaining('could not be stored') });

    stores.database.exec('DROP TRIGGER full');
    await waitFor('two');
    expect(stored()).toEqual(['one', 'two']);
    expect(channel.condition()).toEqual({ phase: 'connected' });
  });

  test('a message of an unknown form is kept aside and holds nothing up', async () => {
    await connected();
    server.write(general, 'odd', { timestamp: 7 });
    server.write(general, 'after');
    await waitFor('after');

    expect(stores.quarantine.counts()).toEqual({ platform: 1 });
  });
});

describe('sending', () => {
  test('replies to what it answers, calls nobody, and is sent once however often it is tried', async () => {
    const text = 'the **answer** to @everyone';
    const answers = { messageId: '123' };
    server.faults.push({ request: DISCORD_SENDS, does: 'break-after', times: 1 });
    expect(await channel.send({ ...message, text, answers })).toMatchObject({ kind: 'unknown' });
    const outcome = await channel.send({ ...message, text, answers });

    expect(server.sent).toMatchObject([{ channel: general, content: text, replyTo: '123' }]);
    expect(outcome).toEqual({ kind: 'sent', platformId: server.sent[0]?.id });
    expect(await channel.send({ ...message, outboxId: 2, text })).toMatchObject({ kind: 'sent' });
    expect(server.sent).toHaveLength(2);
  });

  test.each([
    [
      { status: 429, retryAfter: 7 },
      // The library adds a little of its own.
      { kind: 'retry', afterMs: expect.closeTo(7_050, -2) },
    ],
    [{ status: 500 }, { kind: 'unknown' }],
    [
      { status: 403, code: 50001 },
      { kind: 'refused', reason: expect.stringContaining('View Channel') },
    ],
    [{ status: 404, code: 10003 }, { kind: 'refused' }],
    ['break-after', { kind: 'unknown' }],
  ] as const)('tells what %j means for the message', async (does, outcome) => {
    server.faults.push({ request: DISCORD_SENDS, does, times: 1 });

    expect(await send('hi')).toMatchObject(outcome);
  });

  test('an unreachable server has certainly not got it', async () => {
    await channel.stop();
    await server.close();

    const other = connect();
    expect(await other.send({ ...message, text: 'hi' })).toMatchObject({
      kind: 'retry',
      reason: expect.stringContaining('ECONNREFUSED'),
    });
    await other.stop();
    server = await startDiscordServer();
  });

  test('a long text is cut into parts that Discord takes, blocks of code closed and opened again', async () => {
    const parts = channel.split!(`\`\`\`js\n${'let x = 1;\n'.repeat(500)}\`\`\`\n${'word '.repeat(1_000)}`);
    for (const [part, text] of parts.entries()) {
      expect(await channel.send({ ...message, part, text })).toMatchObject({ kind: 'sent' });
    }

    expect(parts.length).toBeGreaterThan(4);
    expect(parts.every((part) => part.length <= MAX_DISCORD_CHARS)).toBe(true);
    expect(parts.every((part) => part.match(/^```/gm)?.length !== 1)).toBe(true);
  });

  test('whose words they are stands before them', async () => {
    await channel.send({ ...message, sender: 'bob', text: 'done' });
    expect(server.sent).toMatchObject([{ content: '**bob:** done' }]);
  });

  test('typing is told no more often than Discord forgets it', async () => {
    await channel.setTyping(CHAT, true);
    await channel.setTyping(CHAT, true);
    await channel.setTyping(CHAT, false);
    await channel.setTyping(CHAT, true);

    expect(server.typing).toEqual([general, general]);
  });

  test('reactions are set once', async () => {
    const reaction = { chatJid: CHAT, messageId: '99', emoji: '👍' };
    expect(await channel.react?.(reaction)).toMatchObject({ kind: 'sent' });
    expect(await channel.react?.(reaction)).toMatchObject({ kind: 'sent' });
    expect(server.reactions).toEqual([`${general}/99 👍`]);
  });
});

describe('choices', () => {
  test.each([
    [general, CHAT],
    [alone, PRIVATE],
  ])('are buttons; one that is pressed is a message with its words, and the buttons go (%s)', async (_, chatJid) => {
    await connected();
    await channel.send({ ...message, chatJid, text: 'Shall I?', options: ['Yes', 'No'] });
    server.press(server.sent[0]!, 'No');
    await waitFor('No', chatJid);

    expect(messages(chatJid)[0]).toMatchObject({ senderName: 'Ann', replyTo: { id: server.sent[0]!.id } });
    await until('the buttons are gone', () => server.answered.length === 1, PATIENCE_MS);
    expect(server.answered[0]).toMatchObject({ content: 'Shall I?\n✓ No', components: [] });
  });

  test.each([
    ['too many', Array.from({ length: 26 }, (_, index) => `choice ${index}`)],
    ['too long', ['x'.repeat(81), 'y']],
  ])('that are %s come as a list', async (_, options) => {
    expect(await channel.send({ ...message, text: 'Shall I?', options })).toMatchObject({ kind: 'sent' });
    expect(server.sent[0]?.components).toBeUndefined();
    expect(server.sent[0]?.content).toContain(`\n2. ${options[1]}`);
  });
});

describe('files', () => {
  const attachments = () => messages().map(({ attachments: [first] = [] }) => first);

  test('that people send lie in the folder of their group; voice notes come with what was said', async () => {
    await connected();
    const id = server.write(general, 'look', { attachments: [server.addFile('a b.txt', Buffer.from('content'))] });
    const note = { ...server.addFile('voice.ogg', Buffer.from('the note'), 'audio/ogg'), waveform: 'AAAA' };
    server.write(general, '', { attachments: [note] });
    await until('both are stored', () => attachments().length === 2, PATIENCE_MS);

    const name = `${id}-a b.txt`;
    expect(attachments()[0]).toMatchObject({ type: 'document', path: `/workspace/group/attachments/${name}` });
    expect(readFileSync(join(groupsDirectory, 'chat0', 'attachments', name), 'utf8')).toBe('content');
    expect(stored()[1]).toBe('[voice: voice.ogg] what the note says');
  });

  test('that cannot be had are told of: gone, too large, elsewhere', async () => {
    await connected();
    const file = server.addFile('a.bin', Buffer.from('x'));
    server.write(general, 'gone', { attachments: [{ ...file, url: `${server.apiUrl}/v10/attachments/1` }] });
    server.write(general, 'large', { attachments: [{ ...file, size: MAX_INBOUND_FILE_BYTES + 1 }] });
    server.write(general, 'elsewhere', { attachments: [{ ...file, url: 'http://127.0.0.1:1/steal' }] });
    await until('all are stored', () => attachments().length === 3, PATIENCE_MS);

    expect(attachments().map((attachment) => attachment?.problem)).toEqual([
      expect.stringContaining('status'),
      expect.stringContaining('it is larger than'),
      'it does not lie with Discord',
    ]);
  });

  test('that agents send arrive whole', async () => {
    const path = join(groupsDirectory, 'copy');
    writeFileSync(path, Buffer.from([0, 1, 2, 255]));
    const file = { ...message, path, name: 'a b.bin', type: 'document', mime: 'application/octet-stream' } as const;
    expect(await channel.sendFile?.({ ...file, bytes: 4, caption: 'a copy' })).toMatchObject({ kind: 'sent' });

    const sent = { name: 'a b.bin', content: Buffer.from([0, 1, 2, 255]) };
    expect(server.sent).toMatchObject([{ content: 'a copy', file: sent }]);
  });
});

describe('what only the owner can mend', { timeout: 120_000 }, () => {
  test('a refused token is said in one sentence, without the token, and is tried again', async () => {
    const other = connect('OTk5.another.token-of-a-bot', hastyClock);
    await until('it is down', () => other.condition().phase === 'down', PATIENCE_MS);

    expect(other.condition()).toEqual({
      phase: 'down',
      reason: 'Discord refuses the token: check DISCORD_BOT_TOKEN',
    });
    await until('it was tried again', () => lines.filter((line) => line.includes('refuses')).length > 1, PATIENCE_MS);
    expect(lines.join()).not.toContain('another');
    await other.stop();
  });

  test('a missing intent is said in one sentence, and mended without a restart', async () => {
    await connected();
    await channel.stop();
    server.refuseWith(4014);
    channel = connect(server.token, hastyClock);
    await until('it is down', () => channel.condition().phase === 'down', PATIENCE_MS);
    expect(channel.condition()).toMatchObject({ reason: expect.stringContaining('Message Content Intent') });

    server.refuseWith(undefined);
    await connected();
  });
});

test('beats are answered, and the connection holds', { timeout: 120_000 }, async () => {
  const beating = await startDiscordServer({ heartbeatMs: 5_000 });
  await channel.stop();
  await server.close();
  server = beating;
  channel = connect();
  await until('it has beaten twice', () => beating.counts.heartbeats >= 2, PATIENCE_MS);
  expect(beating.counts).toMatchObject({ identifies: 1, resumes: 0 });
});

test('after it has stopped nothing is received', { timeout: 120_000 }, async () => {
  await connected();
  await channel.stop();
  await until('nobody is connected', () => !server.isConnected(), PATIENCE_MS);
  server.write(general, 'too late');

  expect(stored()).toEqual([]);
});
