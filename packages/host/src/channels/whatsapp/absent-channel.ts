import type { Log } from '../../kernel/log.ts';
import type { Channel } from '../channel.ts';
import { INSTALL_COMMAND } from './library.ts';

/** The channel where its library is not installed: it says so, and what is to be sent waits. */
export function createAbsentChannel(log: Log): Channel {
  const reason = `the library for WhatsApp is not installed: run ${INSTALL_COMMAND} in NanoClaw's folder, then restart the host`;
  log.warn('channel.down', { channel: 'whatsapp', reason });
  return {
    name: 'whatsapp',
    doubt: 'repeatable',
    owns: ownsWhatsApp,
    condition: () => ({ phase: 'down', reason }),
    send: async () => ({ kind: 'retry', reason }),
    setTyping: async () => undefined,
    stop: async () => undefined,
  };
}

/** Groups, phone numbers, and people whose number WhatsApp hides. */
export function ownsWhatsApp(chatJid: string): boolean {
  return /@(g\.us|s\.whatsapp\.net|lid)$/.test(chatJid);
}
