import type { Inbox } from '../channels/channel.ts';
import { failpoint } from '../kernel/failpoints.ts';
import type { Log } from '../kernel/log.ts';
import type { StoredMessage } from '../messages/message.ts';
import type { MessageStore } from '../messages/message-store.ts';
import type { QuarantineStore } from '../store/quarantine-store.ts';
import type { ChannelHealth } from './channel-health.ts';

export interface InboxDeps {
  readonly messages: MessageStore;
  readonly quarantine: QuarantineStore;
  /** A message was stored, or one that is not handled yet has a new text. */
  readonly onStored: (message: StoredMessage) => void;
  readonly health: Pick<ChannelHealth, 'received'>;
  readonly now: () => number;
  readonly log: Log;
}

/** Stores what channels hand over, durably and once, before they tell their platforms; then wakes the loop. */
export function createInbox(deps: InboxDeps): Inbox {
  const { messages, log } = deps;
  return {
    receive(chat, message) {
      const stored = messages.accept(chat, message);
      deps.health.received(chat.channel);
      failpoint('message-stored');
      if (stored === undefined) {
        log.debug('message.repeated', { chat: chat.jid, id: message.id });
        return;
      }
      log.debug('message.stored', { chat: chat.jid, seq: stored.seq, chars: message.content.length });
      deps.onStored(stored);
    },
    edited(chatJid, id, content, at) {
      const edited = messages.edit(chatJid, id, { content, at });
      log.debug('message.edited', { chat: chatJid, id, isKnown: edited !== undefined });
      if (edited) deps.onStored(edited);
    },
    deleted(chatJid, id, at) {
      const isKnown = messages.markDeleted(chatJid, id, at);
      log.debug('message.deleted', { chat: chatJid, id, isKnown });
    },
    chatSeen: (chat) => messages.ensureChat(chat),
    quarantine(owner, reason, content) {
      deps.quarantine.add({ source: 'platform', owner, reason, content }, deps.now());
      log.warn('message.quarantined', { owner, reason });
    },
  };
}
