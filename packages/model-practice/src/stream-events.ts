import { type AnswerBlock, type AssistantMessage, emptyMessage } from './assistant-message.ts';

/** One server-sent event of a streamed message; `isPiece` marks those between which a slow answer pauses. */
export type StreamEvent = { readonly type: string; readonly isPiece?: boolean; readonly [field: string]: unknown };

/**
 * The events of a streamed message in the API's order: message_start, then for every block start, pieces and stop
 * (a ping after the first start), then message_delta with the reason and usage, then message_stop.
 */
export function streamEvents(message: AssistantMessage): StreamEvent[] {
  return [
    ...openingEvents(message),
    ...message.blocks.slice(1).flatMap((block, index) => blockEvents(block, index + 1)),
    ...closingEvents(message),
  ];
}

/** The part of a stream in which the first block is still being written: what a broken stream shows. */
export function unfinishedEvents(message: AssistantMessage): StreamEvent[] {
  return openingEvents(message).slice(0, -1);
}

/** An event as it goes over the wire. */
export function formatEvent({ isPiece: _, ...event }: StreamEvent): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

function openingEvents(message: AssistantMessage): StreamEvent[] {
  const start = { type: 'message_start', message: emptyMessage(message) };
  const first = message.blocks[0];
  if (first === undefined) return [start, { type: 'ping' }];
  const [blockStart, ...rest] = blockEvents(first, 0);
  return [start, ...(blockStart === undefined ? [] : [blockStart]), { type: 'ping' }, ...rest];
}

function blockEvents(block: AnswerBlock, index: number): StreamEvent[] {
  const opened =
    block.type === 'text'
      ? { type: 'text', text: '' }
      : { type: 'tool_use', id: block.id, name: block.name, input: {} };
  const pieces = block.pieces.map((piece): StreamEvent => {
    const delta =
      block.type === 'text' ? { type: 'text_delta', text: piece } : { type: 'input_json_delta', partial_json: piece };
    return { type: 'content_block_delta', index, delta, isPiece: true };
  });
  return [
    { type: 'content_block_start', index, content_block: opened },
    ...pieces,
    { type: 'content_block_stop', index },
  ];
}

function closingEvents(message: AssistantMessage): StreamEvent[] {
  const delta = { stop_reason: message.stopReason, stop_sequence: null };
  return [{ type: 'message_delta', delta, usage: { output_tokens: message.outputTokens } }, { type: 'message_stop' }];
}
