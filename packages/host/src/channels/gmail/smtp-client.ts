import { createTransport } from 'nodemailer';
import type { SendOutcome } from '../channel.ts';
import type { Login } from './login.ts';
import type { MailHost, MailLimits } from './servers.ts';

export interface SmtpAccount {
  readonly address: string;
  readonly smtp: MailHost;
  readonly login: Login;
  readonly limits: MailLimits;
}

/** A mail as it goes out: who hands it in for whom, and its bytes. */
export interface Envelope {
  readonly to: readonly string[];
  readonly raw: Buffer;
}

/** After a server has said that this is enough for a day, in milliseconds. */
const OVER_QUOTA_MS = 60 * 60_000;

/** Hands a mail in. Never rejects: what became of it is the outcome, `sent` with an empty id. */
export async function handIn(account: SmtpAccount, mail: Envelope, signal: AbortSignal): Promise<SendOutcome> {
  try {
    const transport = createTransport(await transportOptions(account, signal));
    try {
      await transport.sendMail({ envelope: { from: account.address, to: [...mail.to] }, raw: mail.raw });
    } finally {
      transport.close();
    }
    return { kind: 'sent', platformId: '' };
  } catch (error) {
    if (codeOf(error) === 'EAUTH') account.login.refused();
    return outcomeOf(error);
  }
}

/** Logs in and says goodbye. Rejects as the library does. */
export async function tryLogin(account: SmtpAccount, signal: AbortSignal): Promise<void> {
  const transport = createTransport(await transportOptions(account, signal));
  try {
    await transport.verify();
  } finally {
    transport.close();
  }
}

async function transportOptions({ smtp, login, address, limits }: SmtpAccount, signal: AbortSignal) {
  const proof = await login.proof(signal);
  const auth =
    'password' in proof
      ? { user: address, pass: proof.password }
      : { type: 'OAuth2' as const, user: address, accessToken: proof.accessToken };
  return {
    host: smtp.host,
    port: smtp.port,
    secure: smtp.encryption === 'tls',
    requireTLS: smtp.encryption === 'starttls',
    ignoreTLS: smtp.encryption === 'none',
    auth,
    connectionTimeout: limits.connect,
    greetingTimeout: limits.connect,
    socketTimeout: limits.transfer,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** Failures before a server had anything: it has certainly not got the mail. */
const NEVER_ARRIVED = new Set([
  'EDNS',
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ETLS',
]);

function outcomeOf(error: unknown): SendOutcome {
  const code = codeOf(error);
  const status = statusOf(error);
  const reason = describeSmtpError(error);
  if (code === 'EAUTH' || code === 'config-invalid') return { kind: 'retry', reason };
  if (status !== undefined) {
    if (status < 500) return { kind: 'retry', reason };
    // "Daily user sending limit exceeded" is a 550 of Gmail's that passes.
    const isQuota = /\b5\.4\.5\b|limit exceeded/i.test(responseOf(error));
    return isQuota ? { kind: 'retry', reason, afterMs: OVER_QUOTA_MS } : { kind: 'refused', reason };
  }
  return NEVER_ARRIVED.has(code) || NEVER_ARRIVED.has(systemCodeOf(error))
    ? { kind: 'retry', reason }
    : { kind: 'unknown', reason };
}

/** One sentence: what the server said, or that it cannot be reached. Neither holds the password. */
export function describeSmtpError(error: unknown): string {
  const status = statusOf(error);
  if (codeOf(error) === 'EAUTH') return 'the mail server does not take the password for sending';
  if (codeOf(error) === 'config-invalid' && error instanceof Error) return error.message;
  if (status !== undefined) return `the mail server said ${status}: ${responseOf(error).slice(0, 200)}`;
  return `the mail server for sending cannot be used (${systemCodeOf(error) || codeOf(error) || 'connection failed'})`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** nodemailer gives its own code, and the system's in the cause or in the words. */
function systemCodeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  return codeOf(error.cause) || (/\b(E[A-Z_]{4,})\b/.exec(error.message)?.[1] ?? '');
}

function statusOf(error: unknown): number | undefined {
  const status = error instanceof Error && 'responseCode' in error ? error.responseCode : undefined;
  return typeof status === 'number' && status >= 400 ? status : undefined;
}

function responseOf(error: unknown): string {
  return error instanceof Error && 'response' in error ? String(error.response).replaceAll(/[\s\p{C}]+/gu, ' ') : '';
}
