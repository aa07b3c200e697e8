import { randomBytes } from 'node:crypto';
import type { Instant } from '../kernel/clock.ts';
import { newSecret } from '../kernel/ids.ts';
import { hashToken } from './web-access.ts';
import { MAX_SESSIONS } from './web-state-files.ts';

/** How long a login link works, in milliseconds. */
export const LOGIN_CODE_LIFE_MS = 10 * 60_000;

/** Most login links that are valid at the same time; the oldest ends when one more is made. */
export const MAX_LOGIN_CODES = 16;

const TOKEN_BYTES = 32;

/** Who may use the page: one-time codes become session tokens. Only hashes are kept of either. */
export interface WebSessions {
  /** A code that works once, for a while. */
  newCode(): string;
  /** Uses the code up. True when it was valid. */
  spendCode(code: string): boolean;
  /** A new session token. */
  newToken(): string;
  /** Hashes of the valid session tokens. */
  hashes(): readonly string[];
}

/** `save` is called before a new token is given out, so that a restart never forgets one. */
export function createWebSessions(deps: {
  known: readonly string[];
  save: (hashes: readonly string[]) => void;
  now: () => Instant;
}): WebSessions {
  let hashes = [...deps.known];
  // Looked up by hash, so the time of a look-up says nothing about a code.
  const expiryByCode = new Map<string, Instant>();
  return {
    newCode() {
      const code = newSecret();
      expiryByCode.set(hashToken(code), deps.now() + LOGIN_CODE_LIFE_MS);
      for (const oldest of [...expiryByCode.keys()].slice(0, -MAX_LOGIN_CODES)) expiryByCode.delete(oldest);
      return code;
    },
    spendCode(code) {
      const expiry = expiryByCode.get(hashToken(code));
      expiryByCode.delete(hashToken(code));
      return expiry !== undefined && deps.now() < expiry;
    },
    newToken() {
      const token = randomBytes(TOKEN_BYTES).toString('base64url');
      const next = [...hashes, hashToken(token)].slice(-MAX_SESSIONS);
      deps.save(next);
      hashes = next;
      return token;
    },
    hashes: () => hashes,
  };
}
