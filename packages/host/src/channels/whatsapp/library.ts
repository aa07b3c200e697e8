import type { SocketConfig, WASocket } from '@whiskeysockets/baileys';
import { quietLibsignal } from './quiet-libsignal.ts';

/** The library, which is not part of what NanoClaw installs: its cryptography is under the GPL. */
export type WhatsAppLibrary = typeof import('@whiskeysockets/baileys');
export type WhatsAppSocket = WASocket;

/** The one version this channel is made for and tested with; the newest one that npm offers by itself is an old one. */
const LIBRARY = '@whiskeysockets/baileys@7.0.0-rc14';

export const INSTALL_ARGUMENTS = ['install', '--no-save', '--no-audit', '--no-fund', LIBRARY] as const;

/** What the owner runs where the library is missing. */
export const INSTALL_COMMAND = `npm ${INSTALL_ARGUMENTS.join(' ')}`;

/** Undefined when it is not installed. */
export async function loadWhatsAppLibrary(): Promise<WhatsAppLibrary | undefined> {
  try {
    const library = await import('@whiskeysockets/baileys');
    quietLibsignal();
    return library;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** The library's own log holds whole stanzas and keys; what the owner needs to know, the channel says itself. */
export const SILENT_LOGGER: SocketConfig['logger'] = {
  level: 'silent',
  child: () => SILENT_LOGGER,
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
