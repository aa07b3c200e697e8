import type { AdmissionRules } from './admission.ts';
import type { Credentials } from './login.ts';
import { isAddress } from './mail.ts';
import {
  GMAIL_CHECKED_BY,
  GMAIL_IMAP_URL,
  GMAIL_SMTP_URL,
  GOOGLE_TOKEN_URL,
  type MailHost,
  readMailUrl,
} from './servers.ts';

/** What the channel's variables say, read. */
export interface MailSettings {
  readonly address: string;
  readonly credentials: Credentials;
  readonly imap: MailHost;
  readonly smtp: MailHost;
  readonly mailbox: string;
  readonly rules: AdmissionRules;
}

export interface MailVariables {
  readonly GMAIL_ADDRESS?: string | undefined;
  readonly GMAIL_APP_PASSWORD?: string | undefined;
  readonly GMAIL_OAUTH_CLIENT_ID?: string | undefined;
  readonly GMAIL_OAUTH_CLIENT_SECRET?: string | undefined;
  readonly GMAIL_OAUTH_REFRESH_TOKEN?: string | undefined;
  readonly GMAIL_OAUTH_TOKEN_URL?: string | undefined;
  readonly GMAIL_ALLOWED_SENDERS?: string | undefined;
  readonly GMAIL_IMAP_URL?: string | undefined;
  readonly GMAIL_SMTP_URL?: string | undefined;
  readonly GMAIL_MAILBOX?: string | undefined;
  readonly GMAIL_CHECKED_BY?: string | undefined;
}

/** The settings, or undefined while the channel is not wanted. Throws NanoError 'config-invalid' for an impossible address. */
export function mailSettings(variables: MailVariables): MailSettings | undefined {
  const address = variables.GMAIL_ADDRESS?.toLowerCase();
  const credentials = credentialsIn(variables);
  if (address === undefined || credentials === undefined) return undefined;
  const checkedBy = variables.GMAIL_CHECKED_BY ?? GMAIL_CHECKED_BY;
  return {
    address,
    credentials,
    imap: readMailUrl(variables.GMAIL_IMAP_URL ?? GMAIL_IMAP_URL, 'imap'),
    smtp: readMailUrl(variables.GMAIL_SMTP_URL ?? GMAIL_SMTP_URL, 'smtp'),
    mailbox: variables.GMAIL_MAILBOX ?? 'INBOX',
    rules: {
      ownAddress: address,
      allowed: sendersIn(variables.GMAIL_ALLOWED_SENDERS ?? ''),
      checkedBy: checkedBy === 'none' ? undefined : checkedBy,
    },
  };
}

function credentialsIn(variables: MailVariables): Credentials | undefined {
  const { GMAIL_OAUTH_CLIENT_ID: clientId, GMAIL_OAUTH_CLIENT_SECRET: clientSecret } = variables;
  const { GMAIL_OAUTH_REFRESH_TOKEN: refreshToken, GMAIL_APP_PASSWORD: password } = variables;
  // Google shows it in four groups.
  if (password !== undefined) return { kind: 'password', password: password.replaceAll(' ', '') };
  if (clientId === undefined || clientSecret === undefined || refreshToken === undefined) return undefined;
  const tokenUrl = variables.GMAIL_OAUTH_TOKEN_URL ?? GOOGLE_TOKEN_URL;
  return { kind: 'oauth', clientId, clientSecret, refreshToken, tokenUrl };
}

/** Addresses and `@domains`, separated by commas or spaces. */
export function sendersIn(list: string): string[] {
  return list
    .toLowerCase()
    .split(/[\s,;]+/)
    .filter((one) => one !== '');
}

/** The first of them that is neither an address nor a domain. */
export function wrongSender(list: string): string | undefined {
  return sendersIn(list).find((one) => !isAddress(one.startsWith('@') ? `x${one}` : one));
}
