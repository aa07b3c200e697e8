import { FormFile } from './multipart-form.ts';
import { isBalanced, visibleText } from './telegram-markup.ts';
import type { createUpdates } from './telegram-updates.ts';

export type Body = Record<string, unknown>;

/** A text that Telegram has taken, in the order in which it took them. */
export interface TelegramSent {
  readonly messageId: number;
  readonly chatId: string;
  /** As people see it. */
  readonly text: string;
  /** As it came, where it came with markup. */
  readonly html?: string;
  /** A file that came with it, by its name, and by the field in which it came. */
  readonly file?: { readonly name: string; readonly content: Buffer; readonly as: string };
  /** The topic in which it stands, and the message it replies to. */
  readonly topic?: number;
  readonly replyTo?: number;
  /** What stands on the buttons below it now. */
  buttons?: { readonly text: string; readonly data: string }[] | undefined;
  /** The user name of the bot of the pool that has said it. */
  readonly by?: string;
}

/** An answer that is an error. */
export class Failure {
  readonly status: number;
  readonly description: string;
  readonly parameters: Record<string, number | undefined>;

  constructor(status: number, description: string, parameters: Record<string, number | undefined> = {}) {
    this.status = status;
    this.description = description;
    this.parameters = parameters;
  }
}

interface Request {
  readonly gone: AbortSignal;
  /** The user name of a further bot; undefined for the first. */
  readonly bot: string | undefined;
}

type Method = (body: Body, request: Request) => unknown;

const BOT = { id: 1, is_bot: true, first_name: 'Andy', username: 'andy_bot' };

/** The methods of the Bot API that a bot of ours may call, and what they have left behind. */
export function createTelegramMethods(state: ReturnType<typeof createUpdates>) {
  const sent: TelegramSent[] = [];
  const typing: string[] = [];
  const reactions: string[] = [];
  const answeredPresses: string[] = [];
  const names: string[] = [];
  const files = new Map<string, Buffer | undefined>();
  const claimedBytes = new Map<string, number>();
  const about: Record<string, unknown> = { can_read_all_group_messages: true };
  let messageIds = 0;

  function keep(body: Body, what: Pick<TelegramSent, 'text' | 'html' | 'file'>, { bot }: Request): unknown {
    const markup = parsed(body['reply_markup']) as { inline_keyboard: { text: string; callback_data: string }[][] };
    const replyTo = (parsed(body['reply_parameters']) as { message_id: number } | undefined)?.message_id;
    const buttons = markup?.inline_keyboard.flat().map(({ text, callback_data: data }) => ({ text, data }));
    const said: TelegramSent = {
      messageId: ++messageIds,
      chatId: String(body['chat_id']),
      ...what,
      ...(body['message_thread_id'] === undefined ? {} : { topic: Number(body['message_thread_id']) }),
      ...(replyTo === undefined ? {} : { replyTo }),
      ...(buttons === undefined ? {} : { buttons }),
      ...(bot === undefined ? {} : { by: bot }),
    };
    sent.push(said);
    return messageOf(said);
  }

  function messageOf({ messageId, chatId, text, topic, buttons }: TelegramSent): Record<string, unknown> {
    const rows = buttons?.map(({ text: label, data }) => [{ text: label, callback_data: data }]);
    return {
      message_id: messageId,
      date: Math.floor(Date.now() / 1000),
      chat: { id: Number(chatId), type: Number(chatId) < 0 ? 'supergroup' : 'private', title: `chat ${chatId}` },
      from: BOT,
      text,
      ...(topic === undefined ? {} : { message_thread_id: topic, is_topic_message: true }),
      ...(rows === undefined ? {} : { reply_markup: { inline_keyboard: rows } }),
    };
  }

  function takeFile(as: string): Method {
    return (body, request) => {
      const file = Object.values(body).find((value): value is FormFile => value instanceof FormFile);
      if (file === undefined) return new Failure(400, `Bad Request: there is no ${as} in the request`);
      const text = String(body['caption'] ?? '');
      if (text.length > 1024) return new Failure(400, 'Bad Request: message caption is too long');
      return keep(body, { text, file: { name: file.name, content: file.content, as } }, request);
    };
  }

  const methods: Record<string, Method> = {
    getMe: (_body, { bot }) => ({ ...BOT, ...about, ...(bot === undefined ? {} : { id: 1000, username: bot }) }),
    getUpdates: ({ offset, timeout }, { gone }) =>
      state.wait(Number(offset ?? 0), { seconds: Number(timeout ?? 0), gone }),
    sendMessage(body, request) {
      const given = String(body['text']);
      const isHtml = body['parse_mode'] === 'HTML';
      if (isHtml && !isBalanced(given)) return new Failure(400, "Bad Request: can't parse entities");
      const text = isHtml ? visibleText(given) : given;
      if (text.length > 4096) return new Failure(400, 'Bad Request: message is too long');
      if (text === '') return new Failure(400, 'Bad Request: message text is empty');
      return keep(body, { text, ...(isHtml ? { html: given } : {}) }, request);
    },
    sendPhoto: takeFile('photo'),
    sendDocument: takeFile('document'),
    sendVoice: takeFile('voice'),
    sendAudio: takeFile('audio'),
    sendVideo: takeFile('video'),
    setMessageReaction(body) {
      const [{ emoji } = { emoji: 'none' }] = parsed(body['reaction']) as { emoji: string }[];
      reactions.push(`${String(body['chat_id'])}/${String(body['message_id'])} ${emoji}`);
      return true;
    },
    getFile({ file_id }) {
      const id = String(file_id);
      if (!files.has(id)) return new Failure(400, 'Bad Request: invalid file_id');
      const content = files.get(id);
      if (content === undefined) return new Failure(400, 'Bad Request: file is too big');
      return { file_id: id, file_size: claimedBytes.get(id) ?? content.length, file_path: `documents/${id}` };
    },
    sendChatAction(body) {
      const topic = body['message_thread_id'];
      typing.push(topic === undefined ? String(body['chat_id']) : `${body['chat_id']}/${topic}`);
      return true;
    },
    answerCallbackQuery(body) {
      answeredPresses.push(String(body['callback_query_id']));
      return true;
    },
    editMessageReplyMarkup(body) {
      const said = sent.find(({ messageId }) => messageId === Number(body['message_id']));
      if (said === undefined) return new Failure(400, 'Bad Request: message to edit not found');
      said.buttons = undefined;
      return messageOf(said);
    },
    setMyName(body) {
      names.push(String(body['name']));
      return true;
    },
  };
  const nextId = (): number => ++messageIds;
  return { methods, sent, typing, reactions, answeredPresses, names, files, claimedBytes, about, nextId, messageOf };
}

/** grammY sends what is no text as JSON inside a form, and as it is otherwise. */
function parsed(value: unknown): unknown {
  return typeof value === 'string' ? (JSON.parse(value) as unknown) : value;
}
