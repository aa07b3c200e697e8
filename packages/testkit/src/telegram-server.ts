import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer as readBuffer, text as readText } from 'node:stream/consumers';
import { FormFile, readForm } from './multipart-form.ts';
import { isBalanced, visibleText } from './telegram-markup.ts';
import { createUpdates } from './telegram-updates.ts';

/** A text that Telegram has taken, in the order in which it took them. */
export interface TelegramSent {
  readonly messageId: number;
  readonly chatId: string;
  /** As people see it. */
  readonly text: string;
  /** As it came, where it came with markup. */
  readonly html?: string;
  /** A file that came with it, by its name. */
  readonly file?: { readonly name: string; readonly content: Buffer; readonly as: 'photo' | 'document' };
}

/** What goes wrong with the next requests of one method; the first that matches is used up by `times` requests. */
export interface TelegramFault {
  readonly method: string;
  /** An HTTP answer instead of the real one, or a connection that breaks before or after the request took effect. */
  readonly does: { status: number; retryAfter?: number; description?: string } | 'break-before' | 'break-after';
  times: number;
}

/** A Bot API on loopback: what a bot sees of Telegram, with a hand on everything that can go wrong. */
export interface TelegramServer {
  readonly root: string;
  readonly token: string;
  readonly sent: readonly TelegramSent[];
  /** Of these, the ones whose sender was never told. */
  readonly untold: readonly TelegramSent[];
  readonly faults: TelegramFault[];
  /** Reactions as `<chat>/<message> <emoji>`. */
  readonly reactions: readonly string[];
  /** What people have sent, by file id; undefined is larger than Telegram gives to bots. */
  readonly files: Map<string, Buffer | undefined>;
  /** Chats in which the bot was seen typing. */
  readonly typing: readonly string[];
  /** Somebody writes; gives the message's id. Fields overwrite those of an ordinary text of Ann's. */
  write(chatId: number, text: string, fields?: Record<string, unknown>): number;
  edit(chatId: number, messageId: number, text: string): void;
  /** Any update as it is, with its `update_id` added. */
  push(update: Record<string, unknown>): void;
  /** Updates that no bot has confirmed. */
  unconfirmed(): number;
  /** Breaks every open connection. */
  drop(): void;
  close(): Promise<void>;
}

const BOT = { id: 1, is_bot: true, first_name: 'Andy', username: 'andy_bot' };
const ANN = { id: 77, is_bot: false, first_name: 'Ann', username: 'ann' };

export async function startTelegramServer(token = '123456:test-token-of-the-bot'): Promise<TelegramServer> {
  const sent: TelegramSent[] = [];
  const untold: TelegramSent[] = [];
  const typing: string[] = [];
  const reactions: string[] = [];
  const files = new Map<string, Buffer | undefined>();
  const faults: TelegramFault[] = [];
  const state = createUpdates();
  let messageIds = 0;

  const methods: Record<string, (body: Record<string, unknown>, gone: AbortSignal) => unknown> = {
    getMe: () => BOT,
    getUpdates: ({ offset, timeout }, gone) => state.wait(Number(offset ?? 0), { seconds: Number(timeout ?? 0), gone }),
    sendMessage(body) {
      const given = String(body['text']);
      const isHtml = body['parse_mode'] === 'HTML';
      if (isHtml && !isBalanced(given)) return new Failure(400, "Bad Request: can't parse entities");
      const text = isHtml ? visibleText(given) : given;
      if (text.length > 4096) return new Failure(400, 'Bad Request: message is too long');
      if (text === '') return new Failure(400, 'Bad Request: message text is empty');
      const markup = isHtml ? { html: given } : {};
      const message = { messageId: ++messageIds, chatId: String(body['chat_id']), text, ...markup };
      sent.push(message);
      return {
        message_id: message.messageId,
        date: seconds(),
        chat: { id: Number(message.chatId), type: 'private' },
        text,
      };
    },
    sendPhoto: (body) => takeFile(body, 'photo'),
    sendDocument: (body) => takeFile(body, 'document'),
    setMessageReaction(body) {
      const [{ emoji } = { emoji: 'none' }] = parseList(body['reaction']);
      reactions.push(`${String(body['chat_id'])}/${String(body['message_id'])} ${emoji}`);
      return true;
    },
    getFile({ file_id }) {
      const id = String(file_id);
      if (!files.has(id)) return new Failure(400, 'Bad Request: invalid file_id');
      const content = files.get(id);
      if (content === undefined) return new Failure(400, 'Bad Request: file is too big');
      return { file_id: id, file_size: content.length, file_path: `documents/${id}` };
    },
    sendChatAction(body) {
      typing.push(String(body['chat_id']));
      return true;
    },
  };

  function takeFile(body: Record<string, unknown>, as: 'photo' | 'document'): unknown {
    const file = Object.values(body).find((value): value is FormFile => value instanceof FormFile);
    if (file === undefined) return new Failure(400, `Bad Request: there is no ${as} in the request`);
    const message = { messageId: ++messageIds, chatId: String(body['chat_id']), text: String(body['caption'] ?? '') };
    sent.push({ ...message, file: { name: file.name, content: file.content, as } });
    return { message_id: message.messageId, date: seconds(), chat: { id: Number(message.chatId), type: 'private' } };
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, asker, id = ''] = /^\/file\/bot([^/]+)\/documents\/(\w+)$/.exec(request.url ?? '') ?? [];
    if (asker !== undefined) {
      const content = asker === token ? files.get(id) : undefined;
      response.writeHead(content === undefined ? 404 : 200);
      return void response.end(content);
    }
    const [, given, method = ''] = /^\/bot([^/]+)\/(\w+)/.exec(request.url ?? '') ?? [];
    const body = await readBody(request);
    if (given !== token) return reply(response, new Failure(401, 'Unauthorized'));
    const fault = faults.find((candidate) => candidate.method === method && candidate.times > 0);
    if (fault) fault.times--;
    if (fault?.does === 'break-before') return void request.socket.destroy();
    if (fault && typeof fault.does === 'object') {
      const { status, description = 'fault', retryAfter } = fault.does;
      return reply(response, new Failure(status, description, retryAfter));
    }
    const perform = methods[method];
    if (perform === undefined) return reply(response, new Failure(404, 'Not Found: method not found'));
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    // What the request does has happened, whether or not its sender lives to hear of it.
    const result = await perform(body, gone.signal);
    if (fault?.does === 'break-after') {
      untold.push(...sent.filter(({ messageId }) => messageId === (result as { message_id?: number }).message_id));
      return void request.socket.destroy();
    }
    reply(response, result);
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  // The default of five seconds closes connections that the client is about to use again.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  const chatOf = (chatId: number) => ({
    id: chatId,
    type: chatId < 0 ? 'supergroup' : 'private',
    title: `chat ${chatId}`,
  });
  return {
    root: `http://127.0.0.1:${port}`,
    token,
    sent,
    untold,
    faults,
    typing,
    reactions,
    files,
    write(chatId, text, fields = {}) {
      const message_id = ++messageIds;
      state.push({ message: { message_id, date: seconds(), chat: chatOf(chatId), from: ANN, text, ...fields } });
      return message_id;
    },
    edit(chatId, message_id, text) {
      const date = seconds();
      state.push({ edited_message: { message_id, date, edit_date: date, chat: chatOf(chatId), from: ANN, text } });
    },
    push: state.push,
    unconfirmed: state.unconfirmed,
    drop: () => server.closeAllConnections(),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

class Failure {
  readonly status: number;
  readonly description: string;
  readonly retryAfter: number | undefined;

  constructor(status: number, description: string, retryAfter?: number) {
    this.status = status;
    this.description = description;
    this.retryAfter = retryAfter;
  }
}

function reply(response: ServerResponse, result: unknown): void {
  const isFailure = result instanceof Failure;
  const parameters =
    isFailure && result.retryAfter !== undefined ? { parameters: { retry_after: result.retryAfter } } : {};
  const body = isFailure
    ? { ok: false, error_code: result.status, description: result.description, ...parameters }
    : { ok: true, result };
  response.writeHead(isFailure ? result.status : 200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const type = request.headers['content-type'] ?? '';
  if (type.startsWith('multipart/form-data')) return readForm(await readBuffer(request), type);
  const body = await readText(request);
  return body === '' ? {} : (JSON.parse(body) as Record<string, unknown>);
}

function parseList(value: unknown): { emoji: string }[] {
  return (typeof value === 'string' ? JSON.parse(value) : value) as { emoji: string }[];
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
