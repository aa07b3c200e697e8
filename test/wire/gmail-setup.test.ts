import { channelSetup } from '@nanoclaw/host/app-channel-setups.js';
import { gmailSetup } from '@nanoclaw/host/channels/gmail/setup.js';
import { type MailServer, startMailServer } from '@nanoclaw/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const TEST_MS = 180_000;
let server: MailServer;
beforeAll(async () => {
  server = await startMailServer();
}, TEST_MS);
afterAll(() => server.close(), TEST_MS);

const verify = (changed: Record<string, string> = {}) =>
  gmailSetup.verify(
    {
      GMAIL_ADDRESS: server.address,
      GMAIL_APP_PASSWORD: server.password,
      GMAIL_ALLOWED_SENDERS: 'ann@example.test',
      GMAIL_IMAP_URL: server.imapUrl,
      GMAIL_SMTP_URL: server.smtpUrl,
      GMAIL_CHECKED_BY: 'mx.mail.test',
      ...changed,
    },
    new AbortController().signal,
  );

test('the host offers it', async () => {
  expect(await channelSetup('gmail')).toBe(gmailSetup);
});

describe('what is typed in', { timeout: TEST_MS }, () => {
  test('is right when mails can be read and sent', async () => {
    expect(await verify()).toEqual({ ok: true, detail: 'andy@mail.test can be read and can send' });
  });

  test('is wrong in a way that is explained: the password', async () => {
    const verdict = await verify({ GMAIL_APP_PASSWORD: 'my google password' });
    expect(verdict).toMatchObject({
      ok: false,
      variable: 'GMAIL_APP_PASSWORD',
      problem: expect.stringContaining('is it an app password (16 letters), of this account?'),
    });
    expect(JSON.stringify(verdict)).not.toContain('my google');
  });

  test.each<[string, Record<string, string>, string]>([
    ['the name of the server', { GMAIL_IMAP_URL: 'imap://mail.invalid' }, 'mail.invalid'],
    ['the port of the server', { GMAIL_IMAP_URL: 'imap://127.0.0.1:1' }, 'nothing takes connections at 127.0.0.1:1'],
    ['the form of the address', { GMAIL_IMAP_URL: 'mail.test' }, 'imaps://mail.example.com'],
    ['the mailbox for sending', { GMAIL_SMTP_URL: 'smtp://127.0.0.1:1' }, 'reading works, sending does not'],
    ['who checks', { GMAIL_CHECKED_BY: '' }, 'whose Authentication-Results count'],
    ['nothing at all', { GMAIL_ADDRESS: '' }, 'an address and a password are needed'],
  ])('%s', async (_, changed, words) => {
    expect(await verify(changed)).toMatchObject({ ok: false, problem: expect.stringContaining(words) });
  });

  test('is looked at before it is tried', () => {
    const problem = (variable: string, value: string): string | undefined =>
      gmailSetup.fields.find((field) => field.variable === variable)?.problemWith?.(value);
    expect(problem('GMAIL_ADDRESS', 'Andy')).toBe('this is not a mail address');
    expect(problem('GMAIL_ADDRESS', 'Andy@Gmail.com')).toBeUndefined();
    expect(problem('GMAIL_APP_PASSWORD', 'abc')).toContain('16 letters');
    expect(problem('GMAIL_ALLOWED_SENDERS', 'ann@x.test, bob')).toContain('"bob" is neither');
    expect(problem('GMAIL_ALLOWED_SENDERS', '')).toContain('reads no mail');
    expect(problem('GMAIL_ALLOWED_SENDERS', '@firm.test ann@x.test')).toBeUndefined();
  });
});
