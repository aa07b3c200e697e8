import { GrammyError, HttpError } from 'grammy';
import type { SendOutcome } from '../channel.ts';

/** Failures before a connection stood: Telegram has certainly not got the request. */
const NEVER_ARRIVED = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH'];

/** What a failed request means for the message in it. */
export function outcomeOf(error: unknown): SendOutcome {
  const reason = describeTelegramError(error);
  if (error instanceof GrammyError) {
    const { error_code: code, parameters } = error;
    if (code === 429) return { kind: 'retry', reason, afterMs: (parameters.retry_after ?? 1) * 1000 };
    // The token is the owner's to mend; the message can wait for that.
    if (code === 401 || code === 404) return { kind: 'retry', reason };
    return code >= 500 ? { kind: 'unknown', reason } : { kind: 'refused', reason };
  }
  return NEVER_ARRIVED.includes(networkCode(error) ?? '') ? { kind: 'retry', reason } : { kind: 'unknown', reason };
}

/** True when Telegram has certainly not taken a message because of its form: another form may do. */
export function isMisunderstood(error: unknown): boolean {
  return error instanceof GrammyError && error.error_code === 400;
}

/** Where a group is that has become a supergroup. */
export function movedTo(error: unknown): number | undefined {
  return error instanceof GrammyError ? error.parameters.migrate_to_chat_id : undefined;
}

/** True when Telegram does not know the token. */
export function isTokenRefused(error: unknown): boolean {
  return error instanceof GrammyError && (error.error_code === 401 || error.error_code === 404);
}

/** One sentence without the token: grammY puts it into addresses, and those into the messages of causes. */
export function describeTelegramError(error: unknown): string {
  if (error instanceof GrammyError) return `Telegram said ${error.error_code} to ${error.method}: ${error.description}`;
  if (error instanceof HttpError) return `Telegram cannot be reached (${networkCode(error) ?? 'connection failed'})`;
  return 'Telegram cannot be used: the request failed inside the client';
}

function networkCode(error: unknown): string | undefined {
  if (!(error instanceof HttpError)) return undefined;
  const cause: unknown = error.error;
  return typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : undefined;
}
