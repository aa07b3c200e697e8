import { Api, InputFile } from 'grammy';
import { NanoError } from '../../kernel/errors.ts';
import type { OutgoingFile, SendOutcome } from '../channel.ts';
import { isMisunderstood, movedTo, outcomeOf } from './errors.ts';
import { formatTelegram } from './format.ts';
import { ALLOWED_UPDATES } from './wire.ts';

/** How long Telegram holds a request for updates when there are none, in seconds. */
const POLL_SECONDS = 30;

/** How much longer than that an answer may take before the connection counts as dead, in milliseconds. */
const POLL_GRACE_MS = 30_000;

/** How long an answer may take that nobody waits for, in milliseconds. */
const COURTESY_MS = 10_000;

/** Where in Telegram something is said. */
export interface TelegramPlace {
  readonly chatId: string;
  /** The topic of a forum. */
  readonly thread?: string | undefined;
  /** The message it is shown as a reply to. */
  readonly replyTo?: number | undefined;
}

/** The few requests this channel makes, through grammY's client. No error that leaves here holds the token. */
export interface TelegramClient {
  whoAmI(signal: AbortSignal): Promise<{ id: number; name: string; readsGroups: boolean }>;
  /** Updates from `offset` on; asking confirms everything before it. Raw, as Telegram sent them. */
  updates(offset: number, signal: AbortSignal): Promise<unknown[]>;
  send(place: TelegramPlace, text: string, options?: readonly string[]): Promise<SendOutcome>;
  showTyping(place: TelegramPlace): Promise<void>;
  sendFile(place: TelegramPlace, file: OutgoingFile): Promise<SendOutcome>;
  react(chatId: string, messageId: string, emoji: string): Promise<SendOutcome>;
  /** Tells who has pressed a button that this was noticed; never rejects. */
  answerPress(pressId: string): Promise<void>;
  /** Takes the buttons below a message away; never rejects. */
  removeButtons(chatId: string, messageId: string): Promise<void>;
  /** The bot shows this name from now on; never rejects, since Telegram allows it a few times a day. */
  rename(name: string): Promise<void>;
  /** The whole of a file that somebody has sent. Throws NanoError 'file-refused' for one that is too large. */
  fetchFile(fileId: string, signal: AbortSignal): Promise<Buffer>;
}

/** Largest file that Telegram gives to bots, in bytes (Bot API, `getFile`). */
export const MAX_TELEGRAM_FILE_BYTES = 20 * 1024 * 1024;

export function createTelegramClient(options: { token: string; apiRoot: string | undefined }): TelegramClient {
  const { token } = options;
  const apiRoot = options.apiRoot?.replace(/\/$/, '');
  const api = new Api(token, apiRoot === undefined ? {} : { apiRoot });
  const courtesy = () => grammySignal(AbortSignal.timeout(COURTESY_MS));
  return {
    async whoAmI(signal) {
      const { id, username, can_read_all_group_messages: readsGroups } = await api.getMe(grammySignal(signal));
      return { id, name: username, readsGroups };
    },
    updates(offset, signal) {
      const limit = AbortSignal.timeout(POLL_SECONDS * 1000 + POLL_GRACE_MS);
      const wish = { offset, timeout: POLL_SECONDS, allowed_updates: ALLOWED_UPDATES };
      return api.getUpdates(wish, grammySignal(AbortSignal.any([signal, limit])));
    },
    send(place, text, choices = []) {
      const html = formatTelegram(text);
      const buttons = choices.length === 0 ? {} : { reply_markup: { inline_keyboard: keyboard(choices) } };
      const plain: Form = (chatId) => api.sendMessage(chatId, text, { ...placeFields(place), ...buttons });
      const formatted: Form = (chatId) =>
        api.sendMessage(chatId, html ?? text, { parse_mode: 'HTML', ...placeFields(place), ...buttons });
      // A topic may be gone: what was asked in it is then answered in the chat.
      const anywhere: Form = (chatId) => api.sendMessage(chatId, text, buttons);
      const forms = [...(html === undefined ? [] : [formatted]), plain];
      return firstTaken(place.chatId, place.thread === undefined ? forms : [...forms, anywhere]);
    },
    sendFile(place, { path, name, mime, caption }) {
      const content = new InputFile(path, name);
      const fields = { ...placeFields(place), ...(caption === '' ? {} : { caption }) };
      const asDocument: Form = (chatId) => api.sendDocument(chatId, content, fields);
      const asItIs = MEDIA[mime]?.(api, content, fields);
      // What Telegram does not take as a picture, say (it is too large, or too long), it takes as a file.
      return firstTaken(place.chatId, asItIs === undefined ? [asDocument] : [asItIs, asDocument]);
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
    answerPress: (pressId) => quietly(api.answerCallbackQuery(pressId, {}, courtesy())),
    removeButtons: (chatId, messageId) =>
      quietly(api.editMessageReplyMarkup(chatId, Number(messageId), {}, courtesy())),
    rename: (name) => quietly(api.setMyName(name, {}, courtesy())),
    async fetchFile(fileId, signal) {
      const { file_path: path, file_size: size = 0 } = await api.getFile(fileId, grammySignal(signal));
      if (path === undefined || size > MAX_TELEGRAM_FILE_BYTES) throw tooLarge();
      const response = await fetch(`${apiRoot ?? 'https://api.telegram.org'}/file/bot${token}/${path}`, { signal });
      if (!response.ok || response.body === null) throw new Error(`Telegram answered with status ${response.status}`);
      return readAtMost(response.body, MAX_TELEGRAM_FILE_BYTES);
    },
    async showTyping(place) {
      const { chatId, thread } = place;
      const topic = thread === undefined ? {} : { message_thread_id: Number(thread) };
      await api.sendChatAction(chatId, 'typing', topic, courtesy());
    },
  };
}

/** A row for each choice, so that long ones can be read. A press says which one it was by its number. */
function keyboard(choices: readonly string[]): { text: string; callback_data: string }[][] {
  return choices.map((text, index) => [{ text, callback_data: `choice-${index}` }]);
}

function placeFields({ thread, replyTo }: TelegramPlace) {
  return {
    ...(thread === undefined ? {} : { message_thread_id: Number(thread) }),
    ...(replyTo === undefined ? {} : { reply_parameters: { message_id: replyTo, allow_sending_without_reply: true } }),
  };
}

/** One form in which a message can be sent. */
type Form = (chatId: string | number) => Promise<{ message_id: number }>;

/** Files that chats show; a picture that moves (GIF) is one no more where it is sent as a photo. */
const MEDIA: Readonly<Record<string, (api: Api, file: InputFile, fields: FileFields) => Form>> = {
  'image/png': photo,
  'image/jpeg': photo,
  'image/webp': photo,
  'audio/ogg': (api, file, fields) => (chatId) => api.sendVoice(chatId, file, fields),
  'audio/mpeg': (api, file, fields) => (chatId) => api.sendAudio(chatId, file, fields),
  'video/mp4': (api, file, fields) => (chatId) => api.sendVideo(chatId, file, fields),
};

type FileFields = ReturnType<typeof placeFields> & { caption?: string };

function photo(api: Api, file: InputFile, fields: FileFields): Form {
  return (chatId) => api.sendPhoto(chatId, file, fields);
}

/**
 * Tries one form of a message after the other, as long as Telegram says that it cannot read the form. A group that has
 * become a supergroup is followed there.
 */
async function firstTaken(chatId: string | number, forms: readonly Form[]): Promise<SendOutcome> {
  let outcome: SendOutcome = { kind: 'refused', reason: 'there is no form of it' };
  for (const send of forms) {
    try {
      return { kind: 'sent', platformId: String((await send(chatId)).message_id) };
    } catch (error) {
      const elsewhere = movedTo(error);
      if (elsewhere !== undefined && elsewhere !== chatId) return firstTaken(elsewhere, forms);
      outcome = outcomeOf(error);
      if (!isMisunderstood(error)) return outcome;
    }
  }
  return outcome;
}

async function quietly(request: Promise<unknown>): Promise<void> {
  await request.catch(() => undefined);
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
