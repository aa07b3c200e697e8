import type { MessagesRequest } from './messages-request.ts';

/** A text, or how to make it from the request that is being answered. */
export type StepText = string | ((request: MessagesRequest) => string);

export type ToolCall = { readonly name: string; readonly input: unknown };

/** A complete answer: words, or tool calls with words before them. */
export type Answer =
  | { readonly kind: 'text'; readonly text: StepText; readonly chunks?: number; readonly delayMs?: number }
  | { readonly kind: 'tools'; readonly calls: readonly ToolCall[]; readonly text?: StepText };

/** What can go wrong between a client and the Messages API. */
export type Fault =
  /** An HTTP error with the API's error body. */
  | { readonly kind: 'status'; readonly status: number; readonly message?: string; readonly retryAfterSeconds?: number }
  /** Some text, then the connection is destroyed. */
  | { readonly kind: 'cut'; readonly text?: StepText }
  /** Some text, then a line that is not JSON, then a regular end. */
  | { readonly kind: 'malformed'; readonly text?: StepText }
  /** Headers and some text, then nothing until the client leaves. */
  | { readonly kind: 'stall'; readonly text?: StepText };

export type Step = Answer | Fault;

/**
 * One scripted answer. `repeat` is how often it is given (default 1, Infinity allowed); with `when` it answers only
 * requests for which the condition holds, so that several conversations can be scripted at the same time.
 */
export type ScriptStep = Step & {
  readonly repeat?: number;
  readonly when?: (request: MessagesRequest) => boolean;
};

/** Steps in the order in which they are tried. */
export type ModelScript = readonly ScriptStep[];

/** The words of a step; empty when it has none. */
export function stepText(text: StepText | undefined, request: MessagesRequest): string {
  return typeof text === 'function' ? text(request) : (text ?? '');
}
