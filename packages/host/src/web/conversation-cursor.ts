import type { ConversationEvent, ConversationMessage } from '../channels/local/conversation-event.ts';

/**
 * What one viewer is to be told next. Messages are not queued: a viewer is a place in the stored conversation, and an
 * event only says that looking there is worthwhile. So nothing is missed or doubled between history and live, however
 * much arrives, and a slow viewer costs one page of history. Of momentary events only the newest are kept.
 */
interface ConversationCursor {
  /** Takes an event of the chat as it happens. */
  note(event: ConversationEvent): void;
  /** The next event in order, or undefined when there is nothing to tell now. */
  next(): ConversationEvent | undefined;
}

/** Begins after `afterSeq`, or with the newest messages without it; `readAfter` gives pages of messages in order. */
export function createConversationCursor(options: {
  afterSeq: number | undefined;
  readAfter: (seq: number | undefined) => ConversationMessage[];
}): ConversationCursor {
  let position = options.afterSeq;
  let mayHaveNews = true;
  let page: ConversationMessage[] = [];
  // At most "ended, begun again": anything longer can be told shorter.
  let typing: boolean[] = [];
  let partial: string | undefined;

  function nextMessage(): ConversationMessage | undefined {
    if (page.length === 0 && mayHaveNews) {
      page = options.readAfter(position);
      mayHaveNews = page.length > 0;
      // The newest page is for the beginning only: from here on a viewer of an empty chat wants everything.
      position ??= page.length > 0 ? undefined : 0;
    }
    const message = page.shift();
    if (message !== undefined) position = message.seq;
    return message;
  }

  return {
    note(event) {
      if (event.kind === 'message') {
        mayHaveNews = true;
        if (event.message.from === 'assistant') partial = undefined;
        return;
      }
      if (event.kind === 'partial') {
        partial = event.text;
        return;
      }
      if (!event.isTyping) partial = undefined;
      if (!event.isTyping) typing = [false];
      else if (typing.at(-1) !== true) typing.push(true);
    },
    next() {
      const message = nextMessage();
      if (message !== undefined) return { kind: 'message', message };
      const isTyping = typing.shift();
      if (isTyping !== undefined) return { kind: 'typing', isTyping };
      if (partial === undefined) return undefined;
      const text = partial;
      partial = undefined;
      return { kind: 'partial', text };
    },
  };
}
