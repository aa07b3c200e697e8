import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { ANSWER_LIMIT_MS, type Outcome } from './mailbox.ts';

/** A tool's answer to the model. */
export function toolResult(text: string, isError = false): CallToolResult {
  return { content: [{ type: 'text', text }], ...(isError && { isError }) };
}

/** Says what the host decided: `done` when it agreed, its reason when it refused, the truth when it is silent. */
export function hostDecision(outcome: Outcome, done: string): CallToolResult {
  if (outcome.kind === 'unanswered') {
    return toolResult(
      `The host has not answered within ${ANSWER_LIMIT_MS / 1000} seconds; it may still act on this request later.`,
      true,
    );
  }
  return outcome.answer.ok ? toolResult(done) : toolResult(outcome.answer.error, true);
}
