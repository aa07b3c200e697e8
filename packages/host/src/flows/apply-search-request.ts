import { MAX_FOUND_MESSAGES, type RequestAnswer } from '@nanoclaw/protocol';
import type { Requester } from '../access/request-rights.ts';
import { asChatJid } from '../messages/message.ts';
import type { MessageStore } from '../messages/message-store.ts';

/** Most of one found message that is shown to an agent, in UTF-16 code units. */
const MAX_SHOWN_CHARS = 1_000;

/** How many are found where nothing else is asked for. */
const DEFAULT_LIMIT = 10;

/** Searches the chat of whoever asks, and no other: also main has only its own history. */
export function searchHistory(
  deps: { readonly messages: Pick<MessageStore, 'search'> },
  requester: Pick<Requester, 'jid'>,
  request: { readonly query: string; readonly limit?: number | undefined },
): RequestAnswer {
  const chatJid = asChatJid(requester.jid);
  const limit = Math.min(request.limit ?? DEFAULT_LIMIT, MAX_FOUND_MESSAGES);
  const found = chatJid === undefined ? [] : deps.messages.search(request.query, { chatJid, limit: limit + 1 });
  const messages = found.slice(0, limit).map(({ seq, senderName, timestamp, content }) => ({
    id: seq,
    sender: senderName,
    time: timestamp,
    text: content.length > MAX_SHOWN_CHARS ? `${content.slice(0, MAX_SHOWN_CHARS)}…` : content,
  }));
  return { ok: true, messages, hasMore: found.length > limit };
}
