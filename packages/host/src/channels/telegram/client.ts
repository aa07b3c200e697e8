import { Api, GrammyError, HttpError } from 'grammy';
import type { SendOutcome } from '../channel.ts';
import { ALLOWED_UPDATES } from './wire.ts';

/** How long Telegram holds a request for updates when there are none, in seconds. */
const POLL_SECONDS = 30;

/** The few requests this channel makes, through grammY's client. No error that leaves here holds the token. */
export interface TelegramClient {
  /** The bot's user name. */
  whoAmI(signal: AbortSignal): Promise<string>;
  /** Updates from `offset` on; asking confirms everything before it. Raw, as Telegram sent them. */
  updates(offset: number, signal: AbortSignal): Promise<unknown[]>;
  send(chatId: string, text: string): Promise<SendOutcome>;
  showTyping(chatId: string): Promise<void>;
}

export function createTelegramClient(options: { token: string; apiRoot: string | undefined }): TelegramClient {
  const { token, apiRoot } = options;
  const api = new Api(token, apiRoot === undefined ? {} : { apiRoot: apiRoot.replace(/\/$/, '') });
  return {
    async whoAmI(signal) {
      const { username } = await api.getMe(grammySignal(signal));
      return username;
    },
    updates: (offset, signal) =>
      api.getUpdates({ offset, timeout: POLL_SECONDS, allowed_updates: ALLOWED_UPDATES }, grammySignal(signal)),
    async send(chatId, text) {
      try {
        const { message_id } = await api.sendMessage(chatId, text);
        return { kind: 'sent', platformId: String(message_id) };
      } catch (error) {
        return outcomeOf(error);
      }
    },
    async showTyping(chatId) {
      await api.sendChatAction(chatId, 'typing');
    },
  };
}

/** grammY's types are those of a stand-in for the global AbortSignal; at run time the global one is what it takes. */
function grammySignal(signal: AbortSignal): Parameters<Api['getMe']>[0] {
  return signal as unknown as Parameters<Api['getMe']>[0];
}

/** What a failed request means for the message in it. */
function outcomeOf(error: unknown): SendOutcome {
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

/** Failures before a connection stood: Telegram has certainly not got the request. */
const NEVER_ARRIVED = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH'];

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
