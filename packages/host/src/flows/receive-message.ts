import type { ReceiveMessage } from '../channels/channel.ts';
import type { Log } from '../kernel/log.ts';
import type { StoredMessage } from '../messages/message.ts';
import type { MessageStore } from '../messages/message-store.ts';

/** Stores what a channel hands over, durably and once, before the channel tells its platform; then wakes the loop. */
export function createReceiveMessage(deps: {
  messages: MessageStore;
  onStored: (message: StoredMessage) => void;
  log: Log;
}): ReceiveMessage {
  return (chat, message) => {
    const stored = deps.messages.accept(chat, message);
    if (stored === undefined) {
      deps.log.debug('message.repeated', { chat: chat.jid, id: message.id });
      return;
    }
    deps.log.debug('message.stored', { chat: chat.jid, seq: stored.seq, chars: message.content.length });
    deps.onStored(stored);
  };
}
