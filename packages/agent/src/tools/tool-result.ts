import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import type { RequestAnswer } from '@nanoclaw/protocol';
import { ANSWER_LIMIT_MS, type Outcome } from './mailbox.ts';

/** A tool's answer to the model. */
export function toolResult(text: string, isError = false): CallToolResult {
  return { content: [{ type: 'text', text }], ...(isError && { isError }) };
}

/** What the host says when it agrees. */
export type HostAnswer = Extract<RequestAnswer, { ok: true }>;

/** Says what the host decided: `done` when it agreed, its reason when it refused, the truth when it is silent. */
export function hostDecision(outcome: Outcome, done: string | ((answer: HostAnswer) => string)): CallToolResult {
  if (outcome.kind === 'unanswered') {
    return toolResult(
      `The host has not answered within ${ANSWER_LIMIT_MS / 1000} seconds; it may still act on this request later.`,
      true,
    );
  }
  const { answer } = outcome;
  if (!answer.ok) return toolResult(answer.error, true);
  // A note says that it was agreed to and came to nothing.
  if (typeof answer['note'] === 'string') return toolResult(answer['note']);
  return toolResult(typeof done === 'string' ? done : done(answer));
}
