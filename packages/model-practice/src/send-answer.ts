import type { ServerResponse } from 'node:http';
import { type AssistantMessage, toAssistantMessage, wholeMessage } from './assistant-message.ts';
import type { MessagesRequest } from './messages-request.ts';
import { pause } from './pause.ts';
import type { Answer } from './step.ts';
import { formatEvent, type StreamEvent, streamEvents } from './stream-events.ts';

/** Where an answer goes, and what it answers. `signal` fires when the client has left. */
export type Reception = {
  readonly res: ServerResponse;
  readonly request: MessagesRequest;
  readonly requestBytes: number;
  readonly signal: AbortSignal;
};

/** Sends a complete answer, streamed or whole as the request asks. Delays exist only in streams. */
export async function sendAnswer(answer: Answer, reception: Reception): Promise<void> {
  const { res, request, requestBytes } = reception;
  const message = toAssistantMessage(answer, request, requestBytes);
  if (!request.stream) {
    sendWhole(res, message);
    return;
  }
  startStream(res);
  await writeEvents(streamEvents(message), reception, answer.kind === 'text' ? (answer.delayMs ?? 0) : 0);
  res.end();
}

/** Sends the headers of an event stream. */
export function startStream(res: ServerResponse): void {
  res.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
  res.flushHeaders();
}

/** Writes events, pausing before each piece; stops when the client has left. */
export async function writeEvents(events: readonly StreamEvent[], reception: Reception, delayMs = 0): Promise<void> {
  for (const event of events) {
    if (event.isPiece === true) await pause(delayMs, reception.signal);
    if (reception.signal.aborted) return;
    await write(reception, formatEvent(event));
  }
}

/** Writes and waits until the socket has room again, so that an answer is never piled up in memory. */
export async function write({ res, signal }: Pick<Reception, 'res' | 'signal'>, text: string): Promise<void> {
  if (res.write(text) || signal.aborted) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      res.off('drain', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    res.on('drain', done);
    signal.addEventListener('abort', done);
  });
}

function sendWhole(res: ServerResponse, message: AssistantMessage): void {
  res.writeHead(200, { 'content-type': 'application/json' });
  res.end(JSON.stringify(wholeMessage(message)));
}
