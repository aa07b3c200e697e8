import { NanoError } from '../../kernel/errors.ts';

/** Where a mail server is, and how it is spoken to. */
export interface MailHost {
  readonly host: string;
  readonly port: number;
  /** `tls` from the first byte; `starttls` before anything is said; `none` on this machine only. */
  readonly encryption: 'tls' | 'starttls' | 'none';
}

export const GMAIL_IMAP_URL = 'imaps://imap.gmail.com:993';
export const GMAIL_SMTP_URL = 'smtps://smtp.gmail.com:465';
export const GOOGLE_TOKEN_URL = 'https://oauth2.googleapis.com/token';

/** The name under which Gmail's servers tell what they have found out about a mail's origin. */
export const GMAIL_CHECKED_BY = 'mx.google.com';

const PORTS: Readonly<Record<string, number>> = { imaps: 993, imap: 143, smtps: 465, smtp: 587 };

/** Reads `imaps://host:port` and its like; without the last letter it is STARTTLS. Throws NanoError 'config-invalid'. */
export function readMailUrl(text: string, kind: 'imap' | 'smtp'): MailHost {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const scheme = url?.protocol.slice(0, -1) ?? '';
  const isPlain = url !== undefined && url.username === '' && url.password === '' && /^\/?$/.test(url.pathname);
  if (!isPlain || url.hostname === '' || (scheme !== kind && scheme !== `${kind}s`)) {
    throw new NanoError('config-invalid', `an address such as ${kind}s://mail.example.com, without name and password`);
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isHere = host === 'localhost' || host === '::1' || host.startsWith('127.');
  const encryption = scheme.endsWith('s') ? 'tls' : isHere ? 'none' : 'starttls';
  return { host, port: url.port === '' ? (PORTS[scheme] ?? 0) : Number(url.port), encryption };
}

/** Longest waits of the channel, in milliseconds. */
export interface MailLimits {
  /** A line, from the first attempt to the end of the login. */
  readonly connect: number;
  /** An answer to one command. */
  readonly answer: number;
  /** One whole mail, in or out. */
  readonly transfer: number;
  /** How often a line that seems to rest is asked whether it is there. */
  readonly rest: number;
  /** Longest pause between two attempts to connect. */
  readonly pause: number;
}

/** Google ends lines that rest for ten minutes, and home routers many that rest for five. */
export const MAIL_LIMITS: MailLimits = {
  connect: 60_000,
  answer: 30_000,
  transfer: 300_000,
  rest: 120_000,
  pause: 60_000,
};
