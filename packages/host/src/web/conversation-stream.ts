import type { ConversationEvent } from '../channels/local/conversation-event.ts';
import type { LocalChannel } from '../channels/local/local-channel.ts';
import type { Clock } from '../kernel/clock.ts';
import { assertNever } from '../kernel/errors.ts';
import type { ChatJid } from '../messages/message.ts';
import { createConversationCursor } from './conversation-cursor.ts';

/** How often a comment is sent so that both ends notice a dead connection, in milliseconds. */
const HEARTBEAT_MS = 20_000;

/** A viewer that took nothing for this many heartbeats is let go; it reconnects with the id of what it saw last. */
export const MAX_IDLE_HEARTBEATS = 3;

/** How long a browser waits before it reconnects, in milliseconds. */
const RECONNECT_MS = 1_000;

/** Most bytes handed over at once, so that one long message on a slow line still shows progress. */
const CHUNK_BYTES = 64 * 1024;

/**
 * A chat as server-sent events: stored messages after `afterSeq` (the newest ones without it), then everything as it
 * happens, until the reader or the signal ends it. Throws 'host-refused' when too many are looking already.
 */
export function conversationStream(options: {
  local: Pick<LocalChannel, 'history' | 'watch'>;
  chatJid: ChatJid;
  afterSeq: number | undefined;
  clock: Clock;
  signal?: AbortSignal | undefined;
}): ReadableStream<Uint8Array> {
  const { local, chatJid, clock, signal } = options;
  const cursor = createConversationCursor({
    afterSeq: options.afterSeq,
    readAfter: (seq) => local.history(chatJid, seq),
  });
  const frames = createFrames(() => cursor.next());
  const ended = new AbortController();
  let wake: (() => void) | undefined;
  let isTaken = true;

  const unwatch = local.watch(chatJid, (event) => {
    cursor.note(event);
    wake?.();
  });
  const end = (): void => {
    unwatch();
    signal?.removeEventListener('abort', end);
    ended.abort();
    wake?.();
  };
  signal?.addEventListener('abort', end);
  if (signal?.aborted) end();

  async function beat(): Promise<void> {
    for (let idle = 0; idle < MAX_IDLE_HEARTBEATS; idle = isTaken ? 0 : idle + 1) {
      isTaken = false;
      frames.heartbeat();
      wake?.();
      await clock.sleep(HEARTBEAT_MS, ended.signal);
      if (ended.signal.aborted) return;
    }
    end();
  }
  void beat();

  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        isTaken = true;
        for (let chunk = frames.next(); !ended.signal.aborted; chunk = frames.next()) {
          if (chunk !== undefined) return controller.enqueue(chunk);
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          wake = undefined;
        }
        controller.close();
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
}

/** Turns events into the bytes of the stream, a chunk at a time. */
function createFrames(nextEvent: () => ConversationEvent | undefined) {
  let rest: Uint8Array = new TextEncoder().encode(`retry: ${RECONNECT_MS}\n\n`);
  let isBeatDue = false;
  return {
    heartbeat(): void {
      isBeatDue = true;
    },
    next(): Uint8Array | undefined {
      if (rest.length === 0) rest = new TextEncoder().encode(this.nextText());
      const chunk = rest.subarray(0, CHUNK_BYTES);
      rest = rest.subarray(CHUNK_BYTES);
      return chunk.length === 0 ? undefined : chunk;
    },
    nextText(): string {
      const event = nextEvent();
      if (event !== undefined) return frameOf(event);
      if (!isBeatDue) return '';
      isBeatDue = false;
      return ': still here\n\n';
    },
  };
}

function frameOf(event: ConversationEvent): string {
  switch (event.kind) {
    case 'message':
      return `id: ${event.message.seq}\nevent: message\ndata: ${JSON.stringify(event.message)}\n\n`;
    case 'typing':
      return `event: typing\ndata: ${JSON.stringify({ isTyping: event.isTyping })}\n\n`;
    case 'partial':
      return `event: partial\ndata: ${JSON.stringify({ text: event.text })}\n\n`;
    default:
      return assertNever(event);
  }
}
