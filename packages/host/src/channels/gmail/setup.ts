import { systemClock } from '../../kernel/clock.ts';
import { NanoError } from '../../kernel/errors.ts';
import type { ChannelSetup, SetupField, SetupValues, SetupVerdict } from '../channel-setup.ts';
import { connectImap, isLoginRefused } from './imap-client.ts';
import { TooLate } from './in-time.ts';
import { createLogin } from './login.ts';
import { isAddress } from './mail.ts';
import { MAIL_LIMITS, type MailHost } from './servers.ts';
import { type MailSettings, mailSettings, wrongSender } from './settings.ts';
import { describeSmtpError, tryLogin } from './smtp-client.ts';

/** Whoever sets up a channel waits in front of the screen. */
const LIMITS = { ...MAIL_LIMITS, connect: 20_000, answer: 20_000 };

const FIELDS: readonly SetupField[] = [
  {
    variable: 'GMAIL_ADDRESS',
    label: "the assistant's mail address",
    hint: 'a Gmail account of its own is best: it reads the mailbox and answers from it',
    isSecret: false,
    problemWith: (value) => (isAddress(value.toLowerCase()) ? undefined : 'this is not a mail address'),
  },
  {
    variable: 'GMAIL_APP_PASSWORD',
    label: 'its app password',
    hint: 'myaccount.google.com/apppasswords, 16 letters; not the password of the account',
    isSecret: true,
    problemWith: (value) =>
      value.replaceAll(' ', '').length < 8 ? 'an app password of Google has 16 letters' : undefined,
  },
  {
    variable: 'GMAIL_ALLOWED_SENDERS',
    label: 'who may write to it',
    hint: 'mail addresses or @domains, separated by commas; all other mails are left alone',
    isSecret: false,
    problemWith(value) {
      if (value.trim() === '') return 'without anybody the assistant reads no mail';
      const wrong = wrongSender(value);
      return wrong === undefined ? undefined : `${JSON.stringify(wrong)} is neither an address nor a @domain`;
    },
  },
  {
    variable: 'GMAIL_IMAP_URL',
    label: 'another IMAP server',
    hint: 'only for mailboxes that are not at Gmail, such as imaps://mail.example.com',
    isSecret: false,
    isOptional: true,
  },
  {
    variable: 'GMAIL_SMTP_URL',
    label: 'another SMTP server',
    hint: 'only for mailboxes that are not at Gmail, such as smtps://mail.example.com',
    isSecret: false,
    isOptional: true,
  },
  {
    variable: 'GMAIL_CHECKED_BY',
    label: 'whose Authentication-Results count',
    hint: 'only for other servers: the name in that line of a mail you have received, or none to believe every mail',
    isSecret: false,
    isOptional: true,
  },
];

export const gmailSetup: ChannelSetup = {
  name: 'gmail',
  title: 'Gmail, or another mailbox with IMAP and SMTP',
  page: 'gmail.md',
  steps: [
    'Make a Google account for the assistant, or take one whose mails it may read.',
    'Turn on 2-step verification: myaccount.google.com/security',
    'Make an app password: myaccount.google.com/apppasswords',
  ],
  fields: FIELDS,
  verify,
  firstMessage: 'From one of the allowed addresses, write a mail to the assistant.',
};

/** Tries both logins, one after the other, so that it is said which of them fails. */
async function verify(values: SetupValues, signal: AbortSignal): Promise<SetupVerdict> {
  const read = readValues(values);
  if ('problem' in read) return { ok: false, ...read };
  const { settings } = read;
  const account = { ...settings, login: createLogin(settings.credentials, systemClock.now), limits: LIMITS };
  try {
    const line = await connectImap({ ...account, clock: systemClock }, signal);
    try {
      await line.open(settings.mailbox);
    } finally {
      await line.close();
    }
  } catch (error) {
    return imapProblem(error, settings);
  }
  try {
    await tryLogin(account, signal);
  } catch (error) {
    const variable = values['GMAIL_SMTP_URL'] ? { variable: 'GMAIL_SMTP_URL' } : {};
    return { ok: false, problem: `reading works, sending does not: ${describeSmtpError(error)}`, ...variable };
  }
  return { ok: true, detail: `${settings.address} can be read and can send` };
}

function readValues(values: SetupValues): { settings: MailSettings } | { problem: string; variable?: string } {
  const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''));
  if (given['GMAIL_IMAP_URL'] !== undefined && given['GMAIL_CHECKED_BY'] === undefined) {
    const problem = 'for another server than Gmail, say whose Authentication-Results count (or none)';
    return { problem, variable: 'GMAIL_CHECKED_BY' };
  }
  try {
    const settings = mailSettings(given);
    return settings === undefined ? { problem: 'an address and a password are needed' } : { settings };
  } catch (error) {
    if (!(error instanceof NanoError)) throw error;
    return { problem: `the address of the server must be ${error.message}` };
  }
}

function imapProblem(error: unknown, { imap, credentials, mailbox }: MailSettings): SetupVerdict {
  if (error instanceof NanoError) return { ok: false, problem: error.message, variable: 'GMAIL_OAUTH_REFRESH_TOKEN' };
  if (isLoginRefused(error)) {
    const problem =
      credentials.kind === 'oauth'
        ? 'the server does not take the token: it is for another account, or without the scope https://mail.google.com/'
        : 'the server does not take the password: is it an app password (16 letters), of this account? Accounts of a company may have IMAP or app passwords turned off';
    return { ok: false, problem, variable: 'GMAIL_APP_PASSWORD' };
  }
  if (error instanceof TooLate) return { ok: false, problem: `${nameOf(imap)} gave ${error.message}` };
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return {
      ok: false,
      problem: `${imap.host} is not found: check the name and the network`,
      variable: 'GMAIL_IMAP_URL',
    };
  }
  if (code === 'ECONNREFUSED') return { ok: false, problem: `nothing takes connections at ${nameOf(imap)}` };
  return { ok: false, problem: `${nameOf(imap)} cannot be used, or has no mailbox "${mailbox}"` };
}

function nameOf({ host, port }: MailHost): string {
  return `${host}:${port}`;
}
