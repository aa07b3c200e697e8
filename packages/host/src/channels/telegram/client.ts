import { Api, GrammyError, HttpError, InputFile } from 'grammy';
import { NanoError } from '../../kernel/errors.ts';
import type { OutgoingFile, SendOutcome } from '../channel.ts';
import { formatTelegram } from './format.ts';
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
  sendFile(chatId: string, file: OutgoingFile): Promise<SendOutcome>;
  react(chatId: string, messageId: string, emoji: string): Promise<SendOutcome>;
  /** The whole of a file that somebody has sent. Throws NanoError 'file-refused' for one that is too large. */
  fetchFile(fileId: string, signal: AbortSignal): Promise<Buffer>;
}

/** Largest file that Telegram gives to bots, in bytes (Bot API, `getFile`). */
export const MAX_TELEGRAM_FILE_BYTES = 20 * 1024 * 1024;

export function createTelegramClient(options: { token: string; apiRoot: string | undefined }): TelegramClient {
  const { token } = options;
  const apiRoot = options.apiRoot?.replace(/\/$/, '');
  const api = new Api(token, apiRoot === undefined ? {} : { apiRoot });
  return {
    async whoAmI(signal) {
      const { username } = await api.getMe(grammySignal(signal));
      return username;
    },
    updates: (offset, signal) =>
      api.getUpdates({ offset, timeout: POLL_SECONDS, allowed_updates: ALLOWED_UPDATES }, grammySignal(signal)),
    async send(chatId, text) {
      const html = formatTelegram(text);
      if (html !== undefined) {
        const outcome = await sent(() => api.sendMessage(chatId, html, { parse_mode: 'HTML' }));
        // What Telegram cannot read as markup it certainly has not taken: it gets the text as it was written.
        if (outcome.kind !== 'refused') return outcome;
      }
      return sent(() => api.sendMessage(chatId, text));
    },
    sendFile(chatId, { path, name, mime, caption }) {
      const content = new InputFile(path, name);
      const beside = caption === '' ? {} : { caption };
      // A picture that moves is a picture no more where it is sent as a photo.
      const isPhoto = mime === 'image/png' || mime === 'image/jpeg' || mime === 'image/webp';
      return sent(() => (isPhoto ? api.sendPhoto(chatId, content, beside) : api.sendDocument(chatId, content, beside)));
    },
    async react(chatId, messageId, emoji) {
      const reaction = [{ type: 'emoji', emoji }] as Parameters<Api['setMessageReaction']>[2];
      try {
        await api.setMessageReaction(chatId, Number(messageId), reaction);
        return { kind: 'sent', platformId: messageId };
      } catch (error) {
        return outcomeOf(error);
      }
    },
    async fetchFile(fileId, signal) {
      const { file_path: path, file_size: size = 0 } = await api.getFile(fileId, grammySignal(signal));
      if (path === undefined || size > MAX_TELEGRAM_FILE_BYTES) throw tooLarge();
      const response = await fetch(`${apiRoot ?? 'https://api.telegram.org'}/file/bot${token}/${path}`, { signal });
      if (!response.ok || response.body === null) throw new Error(`Telegram answered with status ${response.status}`);
      return readAtMost(response.body, MAX_TELEGRAM_FILE_BYTES);
    },
    async showTyping(chatId) {
      await api.sendChatAction(chatId, 'typing');
    },
  };
}

async function sent(request: () => Promise<{ message_id: number }>): Promise<SendOutcome> {
  try {
    return { kind: 'sent', platformId: String((await request()).message_id) };
  } catch (error) {
    return outcomeOf(error);
  }
}

async function readAtMost(body: ReadableStream<Uint8Array>, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(): NanoError {
  return new NanoError(
    'file-refused',
    `it is larger than the ${MAX_TELEGRAM_FILE_BYTES} bytes that Telegram gives to bots`,
  );
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
