import type { SDKResultMessage } from '@anthropic-ai/claude-agent-sdk/core';
import type { ErrorKind, OutputBlock } from '@nanoclaw/protocol';
import { z } from 'zod';
import { errorKind, errorSentence } from './error-kinds.ts';

/** Fields of failed results that the SDK's types leave out. */
const FailureFields = z.object({
  api_error_status: z.number().nullish().catch(undefined),
  api_error_type: z.string().optional().catch(undefined),
  api_error: z.string().optional().catch(undefined),
});

/** What a result says, without the fields that depend on the rest of the session. */
export type ResultBlock = Pick<OutputBlock, 'status' | 'result' | 'error' | 'errorKind'>;

/** `assistantError` is the `error` of the last main-line assistant message of the turn, if it had one. */
export function resultBlock(result: SDKResultMessage, assistantError: string | undefined): ResultBlock {
  if (result.subtype === 'success' && !result.is_error) {
    return { status: 'success', result: result.result === '' ? null : result.result };
  }
  const fields = FailureFields.parse(result);
  const kind = errorKind({
    status: fields.api_error_status,
    apiErrorType: fields.api_error_type,
    apiError: fields.api_error,
    assistantError,
    terminalReason: result.terminal_reason,
  });
  return errorBlock(kind, fields.api_error_status);
}

/** A failed turn. The sentence holds nothing that came from outside. */
export function errorBlock(kind: ErrorKind, status?: number | null): ResultBlock {
  return { status: 'error', result: null, errorKind: kind, error: errorSentence(kind, status) };
}

/** What a failed result says in its own words; for the log only. */
export function failureText(result: SDKResultMessage): string {
  return result.subtype === 'success' ? result.result : `${result.subtype}: ${result.errors.join('; ')}`;
}

/**
 * True for the result a client writes, before any session exists, when the session to resume is not there. It carries
 * no field of its own for this; known start-up failures do have one.
 */
export function isStaleSession(result: SDKResultMessage): boolean {
  return (
    result.subtype === 'error_during_execution' && result.num_turns === 0 && result.startup_failure_reason === undefined
  );
}
