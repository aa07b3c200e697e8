import { z } from 'zod';

const secret = z.string().regex(/^[\x21-\x7e]{8,}$/, 'at least 8 characters without spaces');

const mailUrl = (kind: 'imap' | 'smtp') =>
  z
    .string()
    .regex(
      new RegExp(`^${kind}s?://(\\[[0-9a-f:.]+\\]|[a-z0-9._-]+)(:\\d{1,5})?/?$`, 'i'),
      `an address such as ${kind}s://mail.example.com, without name and password`,
    );

const address = /[^\s\p{C}<>()",;:\\[\]@]{1,64}@[\p{L}\p{N}][\p{L}\p{N}.-]{0,252}/u;
const domain = /@[\p{L}\p{N}][\p{L}\p{N}.-]{0,252}/u;
const sender = `(?:${address.source}|${domain.source})`;

/** The variables of the Gmail channel, which reads any mailbox by IMAP. */
export const MAIL_VARIABLES = {
  GMAIL_ADDRESS: z
    .string()
    .regex(new RegExp(`^${address.source}$`, 'u'), 'a mail address')
    .optional(),
  GMAIL_APP_PASSWORD: z
    .string()
    .regex(/^[\x20-\x7e]{8,}$/, 'at least 8 characters')
    .optional(),
  GMAIL_OAUTH_CLIENT_ID: secret.optional(),
  GMAIL_OAUTH_CLIENT_SECRET: secret.optional(),
  GMAIL_OAUTH_REFRESH_TOKEN: secret.optional(),
  GMAIL_OAUTH_TOKEN_URL: z
    .string()
    .regex(/^https:\/\/\S+$|^http:\/\/127\.0\.0\.1[:/]\S*$/, 'an https:// address')
    .optional(),
  GMAIL_ALLOWED_SENDERS: z
    .string()
    .regex(
      new RegExp(`^\\s*${sender}(?:[\\s,;]+${sender})*\\s*$`, 'u'),
      'mail addresses or @domains, separated by commas',
    )
    .optional(),
  GMAIL_THREADS: z.enum(['main', 'own']).default('main'),
  GMAIL_MAILBOX: z
    .string()
    .regex(/^[^\p{C}]{1,200}$/u, 'the name of a mailbox')
    .default('INBOX'),
  GMAIL_CHECKED_BY: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,255}$/, 'the name of a server, or none')
    .optional(),
  GMAIL_IMAP_URL: mailUrl('imap').optional(),
  GMAIL_SMTP_URL: mailUrl('smtp').optional(),
};

export const SECRET_MAIL_VARIABLES = [
  'GMAIL_APP_PASSWORD',
  'GMAIL_OAUTH_CLIENT_SECRET',
  'GMAIL_OAUTH_REFRESH_TOKEN',
] as const;

const OAUTH = ['GMAIL_OAUTH_CLIENT_ID', 'GMAIL_OAUTH_CLIENT_SECRET', 'GMAIL_OAUTH_REFRESH_TOKEN'];

/** What is set by halves: the channel would be silent, and nobody would know why. */
export function mailMistakes(given: Readonly<Record<string, string>>): string[] {
  const set = (name: string): boolean => given[name] !== undefined;
  const oauth = OAUTH.filter(set);
  const isWanted = ['GMAIL_ADDRESS', 'GMAIL_APP_PASSWORD', ...OAUTH].some(set);
  if (!isWanted) return [];
  const hasLogin = set('GMAIL_APP_PASSWORD') || oauth.length === OAUTH.length;
  const mistakes = [
    [set('GMAIL_ADDRESS'), 'GMAIL_ADDRESS is not set, but a login for it is: set both'],
    [hasLogin, 'GMAIL_ADDRESS has no login: set GMAIL_APP_PASSWORD, or all three of GMAIL_OAUTH_*'],
    [set('GMAIL_ALLOWED_SENDERS'), 'GMAIL_ALLOWED_SENDERS is not set: name those whose mails the assistant may read'],
    [
      !set('GMAIL_IMAP_URL') || set('GMAIL_CHECKED_BY'),
      'GMAIL_IMAP_URL is set, but GMAIL_CHECKED_BY is not: name the server whose Authentication-Results count, or none',
    ],
  ] as const;
  return mistakes.filter(([isRight]) => !isRight).map(([, sentence]) => sentence);
}
