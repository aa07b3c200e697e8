import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { describeError, NanoError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import type { Log } from '../kernel/log.ts';
import { isMissing } from '../kernel/safe-files.ts';

/** Most browsers that stay logged in; the oldest is logged out when one more comes. */
export const MAX_SESSIONS = 32;

const WebState = z.object({
  port: z.int().min(0).max(65_535),
  sessions: z.array(z.string().regex(/^[0-9a-f]{64}$/)).max(MAX_SESSIONS),
});

/** What the web server keeps over a restart of the host. */
interface WebState {
  /** The port it listened on last, 0 when there was none. */
  readonly port: number;
  /** SHA-256 of the session tokens that are valid, oldest first. */
  readonly sessions: readonly string[];
}

/** The kept state, or an empty one when there is none or it is damaged. */
export function readWebState(path: string, log: Log): WebState {
  try {
    return WebState.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    // Losing it costs a login, so it must not keep the host from starting.
    if (!isMissing(error)) log.warn('web.state-replaced', { path, error: describeError(error) });
    return { port: 0, sessions: [] };
  }
}

/** Replaces the state, readable for this user only. Throws 'home-unusable' when it cannot. */
export function writeWebState(path: string, state: WebState): void {
  const temporary = `${path}.${newId('tmp')}`;
  try {
    writeFileSync(temporary, `${JSON.stringify(state)}\n`, { mode: 0o600, flag: 'wx' });
    renameSync(temporary, path);
  } catch (cause) {
    throw new NanoError('home-unusable', `cannot write ${path}: make its directory writable for this user`, { cause });
  }
}
