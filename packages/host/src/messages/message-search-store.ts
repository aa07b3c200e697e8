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
  // What a teammate has told its lead is there as what it has told the chat, too.
  const shown = "m.deleted_at IS NULL AND m.is_command = 0 AND (m.is_from_team = 0 OR m.chat_jid LIKE 'team:%')";
  const byWords = database.prepare(`
    SELECT m.* FROM messages_search s JOIN messages m ON m.seq = s.rowid
    WHERE messages_search MATCH @match AND (@chatJid IS NULL OR m.chat_jid = @chatJid) AND ${shown}
    ORDER BY s.rowid DESC LIMIT @limit`);
  const byText = (scope: string) =>
    database.prepare(`
      SELECT m.* FROM messages m WHERE ${scope} m.content LIKE @like ESCAPE '\\' AND ${shown}
      ORDER BY m.seq DESC LIMIT @limit`);
  const byTextAnywhere = byText('');
  // Named by itself, the chat is found by its index.
  const byTextInChat = byText('m.chat_jid = @chatJid AND');

  // The highest row of the index itself: asking the table would ask the messages, whose texts it stands on.
  const indexNew = database.prepare(`
    INSERT INTO messages_search (rowid, chat_jid, content) SELECT seq, chat_jid, COALESCE(content, '') FROM messages
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
      const match = matchOf(query, chatJid);
      const found = match === undefined ? [] : (byWords.all({ ...scope, match }) as MessageRow[]);
      if (found.length > 0) return found.map(toMessage);
      const like = `%${query.trim().replaceAll(/[\\%_]/g, '\\$&')}%`;
      const statement = chatJid === undefined ? byTextAnywhere : byTextInChat;
      return (statement.all({ ...scope, like }) as MessageRow[]).map(toMessage);
    },
  };
}

/** Shortest word that also stands for longer ones; shorter beginnings would stand for half of the index. */
const MIN_PREFIX_CHARS = 3;

/**
 * Each word quoted, so that nothing in a query is taken for the index's own language. The chat is part of it: the index
 * then looks at that chat's messages and not at everybody's.
 */
function matchOf(query: string, chatJid: ChatJid | undefined): string | undefined {
  const words = query.match(/[\p{L}\p{N}]+/gu)?.slice(0, MAX_QUERY_WORDS);
  const terms = words?.map((word) => `"${word}"${word.length < MIN_PREFIX_CHARS ? '' : '*'}`);
  const chat = chatJid === undefined ? '' : `chat_jid : "${chatJid.replaceAll('"', '""')}" AND `;
  return terms && `${chat}content : (${terms.join(' AND ')})`;
}
