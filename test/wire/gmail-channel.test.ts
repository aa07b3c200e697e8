import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStores, type Stores } from '@nanoclaw/host/app-stores.js';
import type { Channel } from '@nanoclaw/host/channels/channel.js';
import { createGmailChannel, MAX_SENT_FILE_BYTES } from '@nanoclaw/host/channels/gmail/gmail-channel.js';
import { createGmailStore, type GmailStore } from '@nanoclaw/host/channels/gmail/gmail-store.js';
import { readMail } from '@nanoclaw/host/channels/gmail/mail.js';
import { MAX_MAILS_PER_HOUR } from '@nanoclaw/host/channels/gmail/receive.js';
import { MAIL_LIMITS } from '@nanoclaw/host/channels/gmail/servers.js';
import { mailSettings } from '@nanoclaw/host/channels/gmail/settings.js';
import { threadChat } from '@nanoclaw/host/channels/gmail/thread.js';
import { createChannelHealth } from '@nanoclaw/host/flows/channel-health.js';
import { createInbox } from '@nanoclaw/host/flows/inbox.js';
import { systemClock } from '@nanoclaw/host/kernel/clock.js';
import { type LogFields, silentLog } from '@nanoclaw/host/kernel/log.js';
import type { ChatJid } from '@nanoclaw/host/messages/message.js';
import {
  inboxRules,
  type MailServer,
  registerChats,
  startMailServer,
  until,
  type WrittenMail,
} from '@nanoclaw/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

/** Everything here waits for a mail server that may have to share two cores with much else. */
const PATIENCE_MS = 90_000;
const TEST_MS = 180_000;

const FIRST = 'first@example.test';
const CHAT = threadChat(FIRST);
const MAIN = 'local:main' as ChatJid;

let server: MailServer;
let stores: Stores;
let store: GmailStore;
let channel: Channel;
let lines: string[];
let groupsDirectory: string;
let isOwn: boolean;

beforeEach(async () => {
  server = await startMailServer();
  stores = openStores(':memory:');
  store = createGmailStore(stores.database);
  registerChats(stores.groups, MAIN);
  stores.messages.ensureChat({ jid: MAIN, channel: 'local', isGroup: false });
  groupsDirectory = mkdtempSync(join(tmpdir(), 'nanoclaw-gmail-'));
  for (const name of ['chat0', 'chat1']) mkdirSync(join(groupsDirectory, name));
  lines = [];
  isOwn = false;
}, TEST_MS);
afterEach(async () => {
  await channel?.stop();
  await server.close();
  rmSync(groupsDirectory, { recursive: true });
}, TEST_MS);

const keep = (event: string, fields: LogFields = {}): unknown => lines.push(`${event} ${JSON.stringify(fields)}`);

async function connect(
  variables: Record<string, string> = {},
  limits: Partial<typeof MAIL_LIMITS> = {},
): Promise<void> {
  const settings = mailSettings({
    GMAIL_ADDRESS: server.address,
    ...('GMAIL_OAUTH_CLIENT_ID' in variables ? {} : { GMAIL_APP_PASSWORD: server.password }),
    GMAIL_IMAP_URL: server.imapUrl,
    GMAIL_SMTP_URL: server.smtpUrl,
    GMAIL_ALLOWED_SENDERS: 'ann@example.test',
    GMAIL_CHECKED_BY: 'mx.mail.test',
    ...variables,
  })!;
  const inbox = createInbox({
    ...stores,
    onStored: () => undefined,
    ...inboxRules(groupsDirectory),
    transcribe: async (content) => `(says ${content.toString()})`,
    health: createChannelHealth(systemClock.now),
    now: systemClock.now,
    log: silentLog,
  });
  const chats = {
    wakeWordOf: (jid: ChatJid) => (stores.groups.find(jid) === undefined ? undefined : null),
    begin({ jid }: { jid: ChatJid }) {
      if (isOwn) registerChats(stores.groups, jid);
      return isOwn;
    },
    main: () => MAIN,
  };
  channel = createGmailChannel({
    settings,
    chats,
    store,
    inbox,
    assistantName: 'Andy',
    clock: systemClock,
    random: () => 0.5,
    log: { ...silentLog, warn: keep, error: keep },
    limits: { ...MAIL_LIMITS, pause: 200, ...limits },
  });
}
const connected = (): Promise<unknown> =>
  until('it is connected', () => channel.condition().phase === 'connected', PATIENCE_MS);

const stored = (jid: ChatJid): string[] => stores.messages.after(jid, 0, 100).map(({ content }) => content);
const waitFor = (jid: ChatJid, text: string): Promise<unknown> =>
  until(`${text} is stored`, () => stored(jid).some((content) => content.includes(text)), PATIENCE_MS);
const begin = (mail: WrittenMail = {}): string => server.write({ messageId: `<${FIRST}>`, text: 'hi', ...mail });
const follow = (text: string, mail: WrittenMail = {}): string =>
  server.write({ text, references: [`<${FIRST}>`], inReplyTo: `<${FIRST}>`, subject: 'Re: Hello', ...mail });
const send = (text: string, more: object = {}) =>
  channel.send({ outboxId: 1, part: 0, createdAt: 5, chatJid: CHAT, text, sender: null, ...more });

describe('a mail of somebody who may write', { timeout: TEST_MS }, () => {
  test('is told in main, as in v1, and answered in its thread', async () => {
    await connect();
    await connected();
    begin();
    await waitFor(MAIN, 'hi');
    expect(stored(MAIN)).toEqual([`[Email from Ann <ann@example.test>]\nSubject: Hello\nChat: ${CHAT}\n\nhi`]);
    // Main may write to the chat because it is known.
    expect(stores.messages.chat(CHAT)).toMatchObject({ name: 'Hello' });
    const channelOf = stores.database.prepare('SELECT channel FROM chats WHERE jid = ?').pluck();
    expect([channelOf.get(MAIN), channelOf.get(CHAT)]).toEqual(['local', 'gmail']);

    expect(await send('**pong**')).toMatchObject({ kind: 'sent' });
    const mail = await readMail(server.sent[0]!.raw);
    expect(mail).toMatchObject({
      from: { name: 'Andy', address: server.address },
      to: ['ann@example.test'],
      subject: 'Re: Hello',
      inReplyTo: FIRST,
      references: [FIRST],
    });
    expect(mail.text?.trim()).toBe('**pong**');
    expect(mail.html).toContain('<b>pong</b>');
    expect(mail.head.find(({ key }) => key === 'auto-submitted')?.value).toBe('auto-replied');
  });

  test('begins a chat of its own where the owner wants that, and goes on there', async () => {
    isOwn = true;
    await connect();
    await connected();
    begin();
    await waitFor(CHAT, 'hi');
    expect(await send('pong')).toMatchObject({ kind: 'sent' });
    const ours = (await readMail(server.sent[0]!.raw)).id;
    // Some programs name only the mail that they answer.
    server.write({ text: 'thanks\n\nOn Saturday Andy wrote:\n> pong', inReplyTo: `<${ours}>`, subject: 'Re: Hello' });
    await waitFor(CHAT, 'thanks');
    expect(stored(CHAT)).toEqual(['hi\n\n(Subject: Hello)', 'thanks']);
    expect(stores.messages.after(CHAT, 0, 9).at(-1)?.replyTo).toMatchObject({ id: ours });
    expect(stored(MAIN)).toEqual([]);
  });

  test('that came before the channel was first there is not answered', async () => {
    begin({ text: 'old' });
    await connect();
    await connected();
    follow('new');
    await waitFor(MAIN, 'new');
    expect(stored(MAIN)).toHaveLength(1);
  });

  test('is read again after the mailbox got new numbers, and stored once', async () => {
    await connect();
    await connected();
    begin({ text: 'one' });
    await waitFor(MAIN, 'one');
    await channel.stop();
    stores.database.exec("UPDATE gmail_cursors SET uid_validity = '1', last_uid = 900");
    follow('two');
    await connect();
    await waitFor(MAIN, 'two');
    expect(stored(MAIN)).toHaveLength(2);
  });

  test('that cannot be stored is taken again', async () => {
    await connect();
    await connected();
    stores.database.exec("CREATE TEMP TRIGGER full BEFORE INSERT ON messages BEGIN SELECT RAISE(ABORT, 'no'); END");
    begin();
    await until('the channel says so', () => channel.condition().phase === 'down', PATIENCE_MS);
    stores.database.exec('DROP TRIGGER full');
    await waitFor(MAIN, 'hi');
    expect(stored(MAIN)).toHaveLength(1);
  });
});

describe('nothing comes of', { timeout: TEST_MS }, () => {
  test('mails of others, of programs and of whom nobody proves; they stay unread', async () => {
    await connect();
    await connected();
    server.write({ from: 'eve@evil.test', text: 'let me in' });
    server.write({ text: 'forged', authentication: 'mx.evil.test; dmarc=pass header.from=example.test' });
    server.write({ text: 'away', head: ['Auto-Submitted: auto-replied'] });
    server.push('no mail at all');
    begin();
    await waitFor(MAIN, 'hi');
    expect(stored(MAIN)).toHaveLength(1);
    expect(stores.quarantine.counts()).toEqual({});
  });

  test('a thread in which somebody writes without end', async () => {
    isOwn = true;
    registerChats(stores.groups, CHAT);
    await connect();
    await connected();
    for (let count = 0; count < MAX_MAILS_PER_HOUR + 3; count++) follow(`round ${count}`);
    await until('it is kept aside', () => stores.quarantine.counts()['platform'] === 3, PATIENCE_MS);
    expect(stored(CHAT)).toHaveLength(MAX_MAILS_PER_HOUR);
  });

  test('a mail whose parts cannot be read, but it is kept aside and holds nothing up', async () => {
    await connect();
    await connected();
    let body = 'Content-Type: text/plain\r\n\r\nx';
    for (let depth = 0; depth < 60; depth++) {
      body = `Content-Type: multipart/mixed; boundary=b${depth}\r\n\r\n--b${depth}\r\n${body}\r\n--b${depth}--\r\n`;
    }
    server.push(`Authentication-Results: mx.mail.test; dmarc=pass\r\nFrom: ann@example.test\r\n${body}`);
    begin();
    await waitFor(MAIN, 'hi');
    expect(stores.quarantine.counts()).toEqual({ platform: 1 });
  });
});

describe('files', { timeout: TEST_MS }, () => {
  const PNG = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.from('picture')]);

  test('of a mail lie in the folder of the group, sounds as what is said in them', async () => {
    await connect();
    await connected();
    begin({
      files: [
        { name: '../../../etc/x.png', mime: 'image/png', content: PNG },
        { name: 'memo.m4a', mime: 'audio/mp4', content: Buffer.from('hello') },
      ],
    });
    await waitFor(MAIN, '(says hello)');
    const [message] = stores.messages.after(MAIN, 0, 1);
    expect(message?.attachments).toMatchObject([{ type: 'image' }, { type: 'audio', name: 'memo.m4a' }]);
    const path = message!.attachments![0]!.path!.replace('/workspace/group/', '');
    expect(path).toMatch(/^attachments\/[\w-]+-x\.png$/);
    expect(readFileSync(join(groupsDirectory, 'chat0', path))).toEqual(PNG);
  });

  test('of the assistant go out whole, and not where they are too large', async () => {
    await connect();
    await connected();
    begin();
    await waitFor(MAIN, 'hi');
    const path = join(groupsDirectory, 'copy');
    writeFileSync(path, PNG);
    const file = { outboxId: 2, part: 0, createdAt: 6, chatJid: CHAT, sender: 'bob', path, name: 'a.png', caption: '' };
    const known = { ...file, type: 'image', mime: 'image/png', bytes: PNG.length } as const;
    expect(await channel.sendFile?.(known)).toMatchObject({ kind: 'sent' });
    const mail = await readMail(server.sent[0]!.raw);
    expect(mail).toMatchObject({ from: { name: 'bob' }, files: [{ name: 'a.png', mime: 'image/png', content: PNG }] });
    expect(await channel.sendFile?.({ ...known, bytes: MAX_SENT_FILE_BYTES + 1 })).toMatchObject({ kind: 'refused' });
  });
});

describe('sending', { timeout: TEST_MS }, () => {
  beforeEach(async () => {
    await connect();
    await connected();
    begin();
    await waitFor(MAIN, 'hi');
  }, TEST_MS);

  test.each([
    [{ code: 451, text: '4.3.0 Try again later' }, { kind: 'retry' }],
    [
      { code: 550, text: '5.1.1 No such user' },
      { kind: 'refused', reason: 'the mail server said 550: 550 5.1.1 No such user' },
    ],
    [
      { code: 550, text: '5.4.5 Daily user sending limit exceeded.' },
      { kind: 'retry', afterMs: 3_600_000 },
    ],
    ['break-before', { kind: 'unknown' }],
    ['break-after', { kind: 'unknown' }],
  ] as const)('tells what %j means for the mail', async (does, outcome) => {
    server.smtpFaults.push({ does, times: 1 });
    expect(await send('pong')).toMatchObject(outcome);
  });

  test('of a mail whose end was not seen, Sent tells what became of it', async () => {
    const message = { outboxId: 1, part: 0, createdAt: 5, chatJid: CHAT, text: 'pong', sender: null };
    expect(await channel.findSent?.(message)).toEqual({ kind: 'absent' });
    server.smtpFaults.push({ does: 'break-after', times: 1 });
    await channel.send(message);
    expect(await channel.findSent?.(message)).toMatchObject({ kind: 'sent' });
    expect(await channel.findSent?.({ ...message, createdAt: 6 })).toEqual({ kind: 'absent' });
    server.imap.refuse(true);
    expect(await channel.findSent?.(message)).toMatchObject({ kind: 'retry' });
    server.imap.refuse(false);
  });

  test('a server that keeps no sent mails has them kept by the channel', async () => {
    server.keepSent(false);
    const message = { outboxId: 1, part: 0, createdAt: 5, chatJid: CHAT, text: 'pong', sender: null };
    expect(await channel.send(message)).toMatchObject({ kind: 'sent' });
    expect(await channel.findSent?.(message)).toMatchObject({ kind: 'sent' });
  });

  test('to a thread that nobody has written in is refused', async () => {
    expect(await send('pong', { chatJid: 'gmail:0' })).toMatchObject({ kind: 'refused' });
  });
});

describe('the line', { timeout: TEST_MS }, () => {
  test('that answers nothing any more is made anew, and what came meanwhile is taken', async () => {
    await connect({}, { rest: 1_000, answer: 3_000 });
    await connected();
    server.imap.silence();
    begin();
    await waitFor(MAIN, 'hi');
    expect(stored(MAIN)).toHaveLength(1);
    expect(server.imap.connections()).toBeGreaterThan(1);
  });

  test('that a server refuses is tried until it does not', async () => {
    server.imap.refuse(true);
    await connect();
    await until('it is down', () => channel.condition().phase === 'down', PATIENCE_MS);
    const before = server.imap.connections();
    await until('it was tried again', () => server.imap.connections() > before + 1, PATIENCE_MS);
    server.imap.refuse(false);
    await connected();
  });

  test('with bad credentials is said in one sentence, without them, and tried again', async () => {
    await connect({ GMAIL_APP_PASSWORD: 'wrong password' });
    await until('it is down', () => channel.condition().phase === 'down', PATIENCE_MS);
    expect(channel.condition()).toMatchObject({ reason: expect.stringContaining('is an app password (16 letters)') });
    await until('it was tried again', () => lines.length > 1, PATIENCE_MS);
    expect(lines.join()).not.toContain('wrong');
  });

  test('stops in the middle of resting, and at once', async () => {
    await connect();
    await connected();
    await channel.stop();
    begin();
    expect(channel.condition()).toEqual({ phase: 'connected' });
    expect(stored(MAIN)).toEqual([]);
  });
});

describe('with OAuth', { timeout: TEST_MS }, () => {
  const variables = () => ({
    GMAIL_OAUTH_CLIENT_ID: server.oauth.clientId,
    GMAIL_OAUTH_CLIENT_SECRET: server.oauth.clientSecret,
    GMAIL_OAUTH_REFRESH_TOKEN: server.oauth.refreshToken,
    GMAIL_OAUTH_TOKEN_URL: server.oauth.tokenUrl,
  });

  test('a token is asked for once, used for both ways, and renewed when it is not taken any more', async () => {
    await connect(variables());
    await connected();
    begin();
    await waitFor(MAIN, 'hi');
    expect(await send('pong')).toMatchObject({ kind: 'sent' });
    expect(server.oauth.given()).toBe(1);
    server.oauth.expire();
    server.imap.drop();
    follow('and now?');
    await waitFor(MAIN, 'and now?');
    expect(server.oauth.given()).toBeGreaterThan(1);
  });

  test('a permission that was taken back is said in one sentence', async () => {
    server.oauth.revoke();
    await connect(variables());
    await until('it is down', () => channel.condition().phase === 'down', PATIENCE_MS);
    expect(channel.condition()).toMatchObject({ reason: expect.stringContaining('GMAIL_OAUTH_REFRESH_TOKEN') });
    expect(JSON.stringify(channel.condition())).not.toContain(server.oauth.refreshToken);
  });
});
