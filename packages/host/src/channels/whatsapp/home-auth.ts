import { join } from 'node:path';
import { describeError } from '../../kernel/errors.ts';
import type { Log } from '../../kernel/log.ts';
import { type AuthStore, openAuthStore } from './auth-store.ts';
import { takeOverV1Auth } from './v1-auth-files.ts';

/** Its name in the folder of what logs channels in. */
export const AUTH_DATABASE = 'whatsapp.db';

/** The device of a home, as it is or as v1 has left it. */
export function openHomeAuth(directory: string, log: Log): AuthStore {
  const store = openAuthStore(join(directory, AUTH_DATABASE));
  try {
    if (takeOverV1Auth(directory, store)) log.info('whatsapp.v1-device-taken-over');
  } catch (error) {
    log.warn('whatsapp.v1-device-not-taken-over', { error: describeError(error) });
  }
  return store;
}
