import { z } from 'zod';

/** How long a token of `claude setup-token` lasts, in milliseconds. */
const SETUP_TOKEN_MS = 365 * 86_400_000;

/** When a credential ends and how that is known; in milliseconds since the epoch. */
export interface Expiry {
  readonly at: number;
  readonly why: string;
}

/** Claude Code's own login, as it keeps it in `~/.claude/.credentials.json`. */
const ClaudeLogin = z.object({ claudeAiOauth: z.object({ accessToken: z.string(), expiresAt: z.number() }) });

/**
 * When a credential stops to be accepted, as far as can be told without asking; undefined for one that says nothing of it.
 * `firstSeen` is when it was first seen here.
 */
export function credentialExpiry(
  secret: string,
  known: { readonly claudeLogin: string | undefined; readonly firstSeen: number },
): Expiry | undefined {
  const login = ClaudeLogin.safeParse(parseJson(known.claudeLogin ?? ''));
  if (login.success && login.data.claudeAiOauth.accessToken === secret) {
    const why = 'it is the one of your own Claude Code login, which lasts for hours';
    return { at: login.data.claudeAiOauth.expiresAt, why };
  }
  const claims = z.object({ exp: z.number() }).safeParse(parseJson(decode(secret.split('.')[1] ?? '')));
  if (secret.split('.').length === 3 && claims.success)
    return { at: claims.data.exp * 1_000, why: 'it says so itself' };
  if (!secret.startsWith('sk-ant-oat')) return undefined;
  return { at: known.firstSeen + SETUP_TOKEN_MS, why: 'such tokens last for a year' };
}

function decode(text: string): string {
  return Buffer.from(text, 'base64url').toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
