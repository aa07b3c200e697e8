import { randomUUID } from 'node:crypto';
import type { MessagesRequest } from './messages-request.ts';
import { splitText } from './split-text.ts';
import { type Answer, stepText } from './step.ts';
import { estimateTokens } from './usage.ts';

/** One block of an answer, cut into the pieces in which it is streamed. */
export type AnswerBlock =
  | { readonly type: 'text'; readonly pieces: readonly string[] }
  | { readonly type: 'tool_use'; readonly id: string; readonly name: string; readonly pieces: readonly string[] };

/** An answer ready to be sent, streamed or whole. */
export type AssistantMessage = {
  readonly id: string;
  readonly model: string;
  readonly blocks: readonly AnswerBlock[];
  readonly stopReason: 'end_turn' | 'tool_use';
  readonly inputTokens: number;
  readonly outputTokens: number;
};

/** Turns an answer into a message. Ids are random: a resumed conversation must never see one twice. */
export function toAssistantMessage(answer: Answer, request: MessagesRequest, requestBytes: number): AssistantMessage {
  const blocks = answerBlocks(answer, request);
  return {
    id: `msg_practice_${randomId()}`,
    model: request.model,
    blocks,
    stopReason: answer.kind === 'tools' ? 'tool_use' : 'end_turn',
    inputTokens: estimateTokens(requestBytes),
    outputTokens: estimateTokens(Buffer.byteLength(blocks.flatMap((block) => block.pieces).join(''))),
  };
}

/** The message as one JSON document, for requests that do not stream. */
export function wholeMessage(message: AssistantMessage): object {
  return {
    ...emptyMessage(message),
    content: message.blocks.map((block) =>
      block.type === 'text'
        ? { type: 'text', text: block.pieces.join('') }
        : { type: 'tool_use', id: block.id, name: block.name, input: JSON.parse(block.pieces.join('')) as unknown },
    ),
    stop_reason: message.stopReason,
    usage: usage(message, message.outputTokens),
  };
}

/** The message before its first block, as a stream begins with it. */
export function emptyMessage(message: AssistantMessage): object {
  return {
    id: message.id,
    type: 'message',
    role: 'assistant',
    model: message.model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: usage(message, 1),
  };
}

function answerBlocks(answer: Answer, request: MessagesRequest): AnswerBlock[] {
  const text = stepText(answer.text, request);
  if (answer.kind === 'text') return [{ type: 'text', pieces: splitText(text, answer.chunks) }];
  const words: AnswerBlock[] = text === '' ? [] : [{ type: 'text', pieces: splitText(text) }];
  const calls = answer.calls.map(({ name, input }): AnswerBlock => {
    const json = JSON.stringify(input ?? {});
    return { type: 'tool_use', id: `toolu_practice_${randomId()}`, name, pieces: splitText(json) };
  });
  return [...words, ...calls];
}

function usage(message: AssistantMessage, outputTokens: number): object {
  return {
    input_tokens: message.inputTokens,
    output_tokens: outputTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
  };
}

function randomId(): string {
  return randomUUID().replaceAll('-', '');
}
