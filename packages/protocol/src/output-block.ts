import { z } from 'zod';
import { MAX_TURN_COST_USD, MAX_TURN_DURATION_MS, MAX_TURN_TOKENS } from './limits.ts';

export const OUTPUT_START = '---NANOCLAW_OUTPUT_START---';
export const OUTPUT_END = '---NANOCLAW_OUTPUT_END---';

/**
 * Why a run failed, as a class the host can decide on (never by matching text).
 * - `auth`: the model service refused the credential. Retrying cannot help.
 * - `billing`: the account cannot pay. Retrying cannot help.
 * - `bad-request`: the model service refused the request itself.
 * - `rate-limit`, `overloaded`, `network`: may pass by itself.
 * - `stale-session`: the session to resume does not exist any more; run again without it.
 * - `interrupted`: the owner stopped the turn.
 * - `input`: the runner was started with input it cannot read.
 * - `script`: the script of a scheduled task is broken: its agent was not asked.
 * - `internal`: anything else.
 */
export const ErrorKind = z.enum([
  'auth',
  'billing',
  'bad-request',
  'rate-limit',
  'overloaded',
  'network',
  'stale-session',
  'interrupted',
  'input',
  'script',
  'internal',
]);
export type ErrorKind = z.infer<typeof ErrorKind>;

const tokens = z.number().int().nonnegative().max(MAX_TURN_TOKENS);

/** An Agent SDK session's id; a word, because it ends up in file names. */
const SessionId = z.string().regex(/^[A-Za-z0-9_-]{1,128}$/);

/** What one result cost, as the Agent SDK reports it. Tokens are counts, cost is US dollars. */
export const TurnUsage = z.object({
  inputTokens: tokens,
  outputTokens: tokens,
  cacheReadTokens: tokens,
  cacheWriteTokens: tokens,
  costUsd: z.number().nonnegative().max(MAX_TURN_COST_USD),
  durationMs: z.number().nonnegative().max(MAX_TURN_DURATION_MS),
});
export type TurnUsage = z.infer<typeof TurnUsage>;

/** One framed block on the runner's standard output. The first four fields are v1's. */
export const OutputBlock = z.object({
  status: z.enum(['success', 'error']),
  result: z.string().nullable(),
  newSessionId: SessionId.optional(),
  error: z.string().optional(),
  /** Highest input number the agent has consumed; 0 is the prompt from standard input. */
  ack: z.number().int().nonnegative().optional(),
  usage: TurnUsage.optional(),
  errorKind: ErrorKind.optional(),
  nonce: z.string().optional(),
  /** The answer written so far in this turn; a preview that a later block replaces. */
  partial: z.string().optional(),
});
export type OutputBlock = z.infer<typeof OutputBlock>;
