import type { Database } from '../store/open-store.ts';
import type { ChatJid, StoredMessage } from './message.ts';
import { type MessageRow, toMessage } from './message-row.ts';

export interface SearchScope {
  /** Without one, all chats. */
  readonly chatJid?: ChatJid;
  readonly limit: number;
}

/** Most words of a query that count; each is a lookup of its own. */
export const MAX_QUERY_WORDS = 16;

/** How many messages are taken into the index at once. */
export const INDEX_BATCH = 1_000;

/** Finds messages by their words, what people took back and commands to the host left out; the newest come first. */
export function createMessageSearch(database: Database) {
  const shown = 'm.deleted_at IS NULL AND m.is_command = 0';
  const byWords = database.prepare(`
    SELECT m.* FROM messages_search s JOIN messages m ON m.seq = s.rowid
    WHERE messages_search MATCH @match AND (@chatJid IS NULL OR m.chat_jid = @chatJid) AND ${shown}
    ORDER BY s.rowid DESC LIMIT @limit`);
  const byText = database.prepare(`
    SELECT m.* FROM messages m
    WHERE (@chatJid IS NULL OR m.chat_jid = @chatJid) AND m.content LIKE @like ESCAPE '\\' AND ${shown}
    ORDER BY m.seq DESC LIMIT @limit`);

  // The highest row of the index itself: asking the table would ask the messages, whose texts it stands on.
  const indexNew = database.prepare(`
    INSERT INTO messages_search (rowid, content) SELECT seq, COALESCE(content, '') FROM messages
    WHERE seq > COALESCE((SELECT MAX(id) FROM messages_search_docsize), 0) ORDER BY seq LIMIT ?`);
  const indexMessages = (limit: number): number => indexNew.run(limit).changes;

  return {
    /** Takes the next messages into the index, at most `limit`; gives how many those were. */
    indexMessages,
    /**
     * Messages that hold every word of the query, also as the beginning of a longer one; else those that hold the query
     * as it stands, for languages that write no spaces between words.
     */
    search(query: string, { chatJid, limit }: SearchScope): StoredMessage[] {
      while (indexMessages(INDEX_BATCH) === INDEX_BATCH);
      const scope = { chatJid: chatJid ?? null, limit };
      const match = matchOf(query);
      const found = match === undefined ? [] : (byWords.all({ ...scope, match }) as MessageRow[]);
      if (found.length > 0) return found.map(toMessage);
      const like = `%${query.trim().replaceAll(/[\\%_]/g, '\\$&')}%`;
      return (byText.all({ ...scope, like }) as MessageRow[]).map(toMessage);
    },
  };
}

/** Each word quoted, so that nothing in a query is taken for the index's own language. */
function matchOf(query: string): string | undefined {
  const words = query.match(/[\p{L}\p{N}]+/gu)?.slice(0, MAX_QUERY_WORDS);
  return words?.map((word) => `"${word}"*`).join(' ');
}
