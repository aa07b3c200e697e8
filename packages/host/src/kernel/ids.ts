import { randomBytes } from 'node:crypto';

/** A secret of 128 random bits, as 32 hexadecimal digits: run tokens, nonces, one-time codes. */
export function newSecret(): string {
  return randomBytes(16).toString('hex');
}

/** A short unique id, readable in logs: `<prefix>-<12 hexadecimal digits>`. */
export function newId(prefix: string): string {
  return `${prefix}-${randomBytes(6).toString('hex')}`;
}
