import type { GroupMetadata } from '@whiskeysockets/baileys';
import { describeError } from '../../kernel/errors.ts';
import type { Log } from '../../kernel/log.ts';
import type { ChatJid } from '../../messages/message.ts';
import type { Inbox } from '../channel.ts';
import type { WhatsAppSocket } from './library.ts';

/** Most groups whose members are kept in memory; beyond it the library asks for them with every message. */
const MAX_GROUPS = 1_000;

/** Names and members of the account's groups, so that a message needs no question to WhatsApp first. */
export interface GroupCache {
  metadata(jid: string): GroupMetadata | undefined;
  nameOf(jid: string): string | undefined;
  /** Keeps up with what this socket hears. */
  follow(socket: WhatsAppSocket): void;
  /** Asks for all of them; never rejects. */
  load(socket: WhatsAppSocket): Promise<void>;
}

export function createGroupCache({ inbox, log }: { inbox: Pick<Inbox, 'chatSeen'>; log: Log }): GroupCache {
  const groups = new Map<string, GroupMetadata>();

  function keep(group: GroupMetadata): void {
    if (groups.size < MAX_GROUPS || groups.has(group.id)) groups.set(group.id, group);
    inbox.chatSeen({ jid: group.id as ChatJid, channel: 'whatsapp', isGroup: true, name: group.subject });
  }

  return {
    metadata: (jid) => groups.get(jid),
    nameOf: (jid) => groups.get(jid)?.subject,
    follow({ ev }) {
      ev.on('groups.upsert', (added) => added.forEach(keep));
      ev.on('groups.update', (changes) => {
        for (const change of changes) {
          const known = change.id === undefined ? undefined : groups.get(change.id);
          if (known !== undefined) keep({ ...known, ...change });
        }
      });
      // Who is in it decides for whom the next message is sealed: WhatsApp is asked then.
      ev.on('group-participants.update', ({ id }) => groups.delete(id));
    },
    async load(socket) {
      try {
        for (const group of Object.values(await socket.groupFetchAllParticipating())) keep(group);
      } catch (error) {
        log.warn('whatsapp.groups-unknown', { error: describeError(error) });
      }
    },
  };
}
