import { randomBytes, randomInt } from 'node:crypto';

/** A secret of 128 random bits, as 32 hexadecimal digits: run tokens, nonces, one-time codes. */
export function newSecret(): string {
  return randomBytes(16).toString('hex');
}

/** A short unique id, readable in logs: `<prefix>-<12 hexadecimal digits>`. */
export function newId(prefix: string): string {
  return `${prefix}-${randomBytes(6).toString('hex')}`;
}

/** No letter that looks like a digit or like another letter. */
const LETTERS = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789';

/** A code that people type: two times four of 31 characters, 39 bits. */
export function newPairingCode(): string {
  const letters = Array.from({ length: 8 }, () => LETTERS[randomInt(LETTERS.length)]).join('');
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}
