import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inboxRules, registerChats, type SlackServer, startSlackServer, until } from '@nanoclaw/testkit';
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
import { createSlackChannel, MAX_SLACK_CHARS } from './slack-channel.ts';

const PATIENCE_MS = 60_000;
const CHAT = 'slack:C1' as ChatJid;
const PRIVATE = 'slack:D1' as ChatJid;
let server: SlackServer;
let stores: Stores;
let channel: Channel;
let lines: string[];
let groupsDirectory: string;

beforeEach(async () => {
  server = await startSlackServer();
  stores = openStores(':memory:');
  registerChats(stores.groups, CHAT, PRIVATE);
  groupsDirectory = mkdtempSync(join(tmpdir(), 'nanoclaw-slack-'));
  mkdirSync(join(groupsDirectory, 'chat0'));
  lines = [];
  channel = connect();
});
afterEach(async () => {
  await channel.stop();
  await server.close();
  rmSync(groupsDirectory, { recursive: true });
});

/** Waits a hundredth of what it is told to. */
const hastyClock: Clock = { now: systemClock.now, sleep: (ms, signal) => systemClock.sleep(ms / 100, signal) };
const keep = (event: string, fields: LogFields = {}): unknown => lines.push(`${event} ${JSON.stringify(fields)}`);

function connect(tokens: { botToken?: string; appToken?: string } = {}): Channel {
  const inbox = createInbox({
    ...stores,
    onStored: () => undefined,
    ...inboxRules(groupsDirectory),
    transcribe: async (content) => `what ${content.toString()} says`,
    health: createChannelHealth(systemClock.now),
    now: systemClock.now,
    log: silentLog,
  });
  const { apiUrl, botToken, appToken } = server;
  return createSlackChannel({
    ...{ apiUrl, botToken, appToken, ...tokens },
    inbox,
    triggerOf: () => '@Robo',
    knownChats: () => knownChats(stores, 'slack:', systemClock.now()),
    clock: hastyClock,
    random: () => 0.5,
    log: { ...silentLog, info: keep, warn: keep, error: keep },
  });
}

const messages = (chat = CHAT) => stores.messages.after(chat, 0, 100);
const stored = (chat = CHAT): string[] => messages(chat).map(({ content }) => content);
const waitFor = (text: string, chat = CHAT): Promise<unknown> =>
  until(`${text} is stored`, () => stored(chat).includes(text), PATIENCE_MS);
const connected = (count = 1): Promise<unknown> =>
  until(
    'it is connected',
    () => server.connections() >= count && channel.condition().phase === 'connected',
    PATIENCE_MS,
  );
const message = { outboxId: 1, part: 0, chatJid: CHAT, sender: null };
const send = (text: string) => channel.send({ ...message, text });

describe('receiving', () => {
  test('stores messages in order, acknowledges them after that, and knows who and where', async () => {
    await connected();
    for (const text of ['one', 'two', 'three']) server.write('C1', text);
    await waitFor('three');

    expect(stored()).toEqual(['one', 'two', 'three']);
    expect(messages()[0]).toMatchObject({ sender: 'slack:U1', senderName: 'Ann' });
    expect(stores.messages.chat(CHAT)).toMatchObject({ name: 'general' });
    await until('they are acknowledged', () => server.unacknowledged() === 0, PATIENCE_MS);
  });

  test('a mention, which comes twice, is stored once, with the trigger in place of the name', async () => {
    await connected();
    server.mention('C1', '<@UBOT> tell <@U2> in <#C2|random> that 1 &lt; 2, see <https://example.org|this>');
    server.write('C1', 'after');
    await waitFor('after');

    expect(stored()).toEqual(['@Robo tell @Bob in #random that 1 < 2, see this (https://example.org)', 'after']);
  });

  test('what cannot be stored is not acknowledged, is said, and comes again', async () => {
    await connected();
    stores.database.exec("CREATE TEMP TRIGGER full BEFORE INSERT ON messages BEGIN SELECT RAISE(ABORT, 'no'); END");
    server.write('C1', 'one');
    await until('it was said', () => lines.some((line) => line.includes('could not be stored')), PATIENCE_MS);
    expect(server.unacknowledged()).toBe(1);

    stores.database.exec('DROP TRIGGER full');
    await waitFor('one');
    await until('it is acknowledged', () => server.unacknowledged() === 0, PATIENCE_MS);
  });

  test('goes on after drops, refreshes and refusals to connect, without loss or repetition', async () => {
    await connected();
    server.write('C1', 'one');
    await waitFor('one');
    server.faults.push({ method: 'apps.connections.open', does: { status: 503 }, times: 3 });
    server.drop();
    server.write('C1', 'two');
    await connected(2);
    server.refresh();
    await connected(3);
    server.write('C1', 'three');
    await waitFor('three');

    expect(stored()).toEqual(['one', 'two', 'three']);
  });

  test('fetches what was written while it was away, in channels and in the thread of the last message', async () => {
    await connected();
    const start = server.write('C1', 'start');
    server.write('C1', 'in the thread', { thread_ts: start });
    await waitFor('in the thread');
    await channel.stop();
    server.goAway();
    server.write('C1', 'missed');
    server.write('C1', 'missed in the thread', { thread_ts: start });
    server.goAway();
    server.comeBack();
    channel = connect();
    await waitFor('missed in the thread');
    server.write('C1', 'after');
    await waitFor('after');

    expect(stored()).toEqual(['start', 'in the thread', 'missed', 'missed in the thread', 'after']);
    expect(messages()[3]).toMatchObject({ thread: start, replyTo: { id: start } });
  });

  test('an edit replaces the text, a deletion marks it', async () => {
    await connected();
    const ts = server.write('C1', 'teh');
    await waitFor('teh');
    server.edit('C1', ts, 'the');
    await waitFor('the');
    server.remove('C1', ts);
    await until('it is marked', () => messages()[0]?.deletedAt !== undefined, PATIENCE_MS);

    expect(stored()).toEqual(['the']);
  });

  test('its own messages, those of other bots, and news about the channel are not stored', async () => {
    await connected();
    server.write('C1', 'mine', { user: 'UBOT', bot_id: 'B1' });
    server.write('C1', 'another bot', { user: 'U9', bot_id: 'B9' });
    server.write('C1', 'Bob has joined', { subtype: 'channel_join' });
    server.write('C1', 'after');
    await waitFor('after');

    expect(stored()).toEqual(['after']);
  });

  test('an event of an unknown form is kept aside and holds nothing up', async () => {
    await connected();
    server.event({ type: 'message', channel: 7 });
    server.write('C1', 'after');
    await waitFor('after');

    expect(stores.quarantine.counts()).toEqual({ platform: 1 });
  });

  test('a private chat has the name of its person and is no group', async () => {
    await connected();
    server.write('D1', 'hello');
    await waitFor('hello', PRIVATE);

    expect(stores.messages.chat(PRIVATE)).toMatchObject({ name: 'Ann' });
    expect(stores.messages.groupChats(10)).toEqual([]);
  });
});

describe('sending', () => {
  test('goes to the thread of what it answers, as Slack shows it', async () => {
    const answers = { messageId: '1.2', thread: '1.1' };
    const outcome = await channel.send({ ...message, text: 'the **answer** to <you>', answers });

    expect(outcome).toEqual({ kind: 'sent', platformId: server.sent[0]!.ts });
    expect(server.sent).toMatchObject([{ channel: 'C1', threadTs: '1.1', text: 'the *answer* to &lt;you&gt;' }]);
  });

  test.each([
    [
      { status: 429, retryAfter: 7 },
      { kind: 'retry', afterMs: 7_000 },
    ],
    [{ status: 500 }, { kind: 'unknown' }],
    [{ error: 'internal_error' }, { kind: 'unknown' }],
    [{ error: 'not_in_channel' }, { kind: 'refused', reason: expect.stringContaining('/invite') }],
    [
      { error: 'missing_scope', needed: 'chat:write' },
      { kind: 'retry', reason: expect.stringContaining('chat:write') },
    ],
    ['break-after', { kind: 'unknown' }],
  ] as const)('tells what %j means for the message', async (does, outcome) => {
    server.faults.push({ method: 'chat.postMessage', does, times: 1 });

    expect(await send('hi')).toMatchObject(outcome);
  });

  test('an unreachable server has certainly not got it', async () => {
    await server.close();

    expect(await send('hi')).toMatchObject({ kind: 'retry', reason: expect.stringContaining('ECONNREFUSED') });
    server = await startSlackServer();
  });

  test('a text in doubt is found where it was taken, in its channel and its thread, and only there', async () => {
    const inThread = { ...message, outboxId: 2, answers: { messageId: '1.1', thread: '1.1' } };
    server.faults.push({ method: 'chat.postMessage', does: 'break-after', times: 2 });
    await send('in doubt');
    await channel.send({ ...inThread, text: 'in doubt' });
    const [first, second] = server.sent;

    expect(await channel.findSent?.({ ...message, text: 'in doubt' })).toEqual({ kind: 'sent', platformId: first?.ts });
    expect(await channel.findSent?.({ ...inThread, text: 'in doubt' })).toEqual({
      kind: 'sent',
      platformId: second?.ts,
    });
    expect(await channel.findSent?.({ ...message, outboxId: 3, text: 'in doubt' })).toEqual({ kind: 'absent' });
    expect(await channel.findSent?.({ ...message, text: 'other words' })).toEqual({ kind: 'absent' });
    server.faults.push({ method: 'conversations.history', does: { status: 500 }, times: 1 });
    expect(await channel.findSent?.({ ...message, text: 'in doubt' })).toMatchObject({ kind: 'retry' });
  });

  test('a long text is cut into parts that Slack takes', async () => {
    const parts = channel.split!('word & '.repeat(3_000));
    for (const part of parts) expect(await send(part)).toMatchObject({ kind: 'sent' });

    expect(parts.length).toBeGreaterThan(4);
    expect(parts.every((part) => part.length <= MAX_SLACK_CHARS)).toBe(true);
  });

  test('whose words they are stands before them', async () => {
    await channel.send({ ...message, sender: 'bob', text: 'done' });
    expect(server.sent).toMatchObject([{ text: '*bob:* done' }]);
  });

  test('typing is shown where the last message was, and ends', async () => {
    await connected();
    const ts = server.write('C1', 'hello');
    await waitFor('hello');
    await channel.setTyping(CHAT, true);
    await channel.setTyping(CHAT, false);

    expect(server.statuses).toEqual([`C1/${ts} is thinking…`, `C1/${ts} `]);
  });

  test('reactions are set once, by the names Slack has for them', async () => {
    const react = (emoji: string) => channel.react?.({ chatJid: CHAT, messageId: '9.9', emoji });

    for (const emoji of ['👍', '👍🏽', '❤️', 'tada']) expect(await react(emoji)).toMatchObject({ kind: 'sent' });
    expect(await react('🪿')).toMatchObject({ kind: 'refused' });
    expect(server.reactions).toEqual(['C1/9.9 +1', 'C1/9.9 heart', 'C1/9.9 tada']);
  });
});

describe('choices', () => {
  const options = ['Yes', 'No, and a reason & more'];

  test('are buttons; one that is pressed is a message with its words, and the buttons go', async () => {
    await connected();
    await channel.send({ ...message, text: 'Shall I?', options });
    server.press(server.sent[0]!, options[1]!);
    await waitFor(options[1]!);

    expect(messages()[0]).toMatchObject({ senderName: 'Ann', replyTo: { id: server.sent[0]!.ts } });
    await until('the buttons are gone', () => server.updates.length === 1, PATIENCE_MS);
    expect(server.updates[0]).toMatchObject({ ts: server.sent[0]!.ts, blocks: [] });
  });

  test.each([
    ['too many', Array.from({ length: 26 }, (_, index) => `choice ${index}`), 'Shall I?'],
    ['too long a question', options, 'why '.repeat(900)],
  ])('that are %s come as a list', async (_, choices, text) => {
    expect(await channel.send({ ...message, text, options: choices })).toMatchObject({ kind: 'sent' });
    expect(server.sent[0]?.blocks).toBeUndefined();
    expect(server.sent[0]?.text).toContain('\n2. ');
  });

  test('that Slack does not take as buttons come as a list', async () => {
    server.faults.push({ method: 'chat.postMessage', does: { error: 'invalid_blocks' }, times: 1 });
    expect(await channel.send({ ...message, text: 'Shall I?', options })).toMatchObject({ kind: 'sent' });
    expect(server.sent[0]?.text).toBe('Shall I?\n1. Yes\n2. No, and a reason &amp; more');
  });
});

describe('files', () => {
  const attachments = () => messages().map(({ attachments: [first] = [] }) => first);
  const share = (file: Record<string, unknown>): string =>
    server.write('C1', 'look', { subtype: 'file_share', files: [file] });

  test('that people send lie in the folder of their group; voice notes come with what was said', async () => {
    await connected();
    const ts = share(server.addFile('../a.txt', Buffer.from('content'), 'text/plain'));
    share({ ...server.addFile('note.m4a', Buffer.from('the note'), 'audio/mp4'), subtype: 'slack_audio' });
    await until('both are stored', () => attachments().length === 2, PATIENCE_MS);

    const name = `${ts.replace('.', '')}-a.txt`;
    expect(attachments()[0]).toEqual({
      type: 'document',
      name: '../a.txt',
      path: `/workspace/group/attachments/${name}`,
    });
    expect(readFileSync(join(groupsDirectory, 'chat0', 'attachments', name), 'utf8')).toBe('content');
    expect(stored()[1]).toBe('[voice: note.m4a] look what the note says');
  });

  test('that cannot be had are told of: a sign-in page, too large, elsewhere', async () => {
    await connected();
    share({ ...server.addFile('a.pdf', undefined, 'application/pdf') });
    share({ ...server.addFile('b.mp4', Buffer.from('x'), 'video/mp4'), size: MAX_INBOUND_FILE_BYTES + 1 });
    share({ name: 'c.txt', url_private: 'http://127.0.0.1:1/steal', mimetype: 'text/plain', size: 1 });
    await until('all are stored', () => attachments().length === 3, PATIENCE_MS);

    expect(attachments().map((attachment) => attachment?.problem)).toEqual([
      'Slack does not give it: the app needs the scope files:read',
      expect.stringContaining('it is larger than'),
      'it does not lie with Slack',
    ]);
  });

  test('that agents send arrive whole, in the thread of what they answer', async () => {
    const path = join(groupsDirectory, 'copy');
    writeFileSync(path, Buffer.from([0, 1, 2, 255]));
    const file = { ...message, path, name: 'ä b.bin', type: 'document', mime: 'application/octet-stream' } as const;
    const answers = { messageId: '1.1', thread: '1.1' };
    expect(await channel.sendFile?.({ ...file, bytes: 4, caption: 'a **copy**', answers })).toMatchObject({
      kind: 'sent',
    });

    const sent = { name: 'ä b.bin', content: Buffer.from([0, 1, 2, 255]) };
    expect(server.sent).toMatchObject([{ channel: 'C1', threadTs: '1.1', text: 'a *copy*', file: sent }]);
  });
});

describe('refused tokens', () => {
  test.each([
    [{ botToken: 'xoxb-another-token' }, 'Slack refuses the token: check SLACK_BOT_TOKEN and SLACK_APP_TOKEN'],
    [{ appToken: 'xapp-another-token' }, 'Slack refuses the token: check SLACK_BOT_TOKEN and SLACK_APP_TOKEN'],
  ])('are said in one sentence and tried again', async (tokens, reason) => {
    const other = connect(tokens);
    await until('it is down', () => other.condition().phase === 'down', PATIENCE_MS);

    expect(other.condition()).toEqual({ phase: 'down', reason });
    await until('it was tried again', () => lines.filter((line) => line.includes('refuses')).length > 1, PATIENCE_MS);
    expect(lines.join()).not.toContain('another-token');
    await other.stop();
  });

  test('that are swapped are recognised', async () => {
    const other = connect({ botToken: server.appToken, appToken: server.botToken });
    await until('it is down', () => other.condition().phase === 'down', PATIENCE_MS);

    expect(other.condition()).toMatchObject({ reason: expect.stringContaining('swapped') });
    await other.stop();
  });
});

test('after it has stopped nothing is received', async () => {
  await connected();
  await channel.stop();
  await until('nobody is connected', () => !server.isConnected(), PATIENCE_MS);
  server.write('C1', 'too late');

  expect(stored()).toEqual([]);
  expect(server.unacknowledged()).toBe(1);
});
