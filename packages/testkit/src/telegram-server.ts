import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer as readBuffer, text as readText } from 'node:stream/consumers';
import { readForm } from './multipart-form.ts';
import { type Body, createTelegramMethods, Failure, type TelegramSent } from './telegram-methods.ts';
import { createUpdates } from './telegram-updates.ts';

/** What goes wrong with the next requests of one method; the first that matches is used up by `times` requests. */
export interface TelegramFault {
  readonly method: string;
  /** An HTTP answer instead of the real one, or a connection that breaks before or after the request took effect. */
  readonly does:
    | { status: number; retryAfter?: number; description?: string; movedTo?: number }
    | 'break-before'
    | 'break-after';
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
  /** Sizes of files that Telegram states wrongly, in bytes. */
  readonly claimedBytes: Map<string, number>;
  /** Places in which the bot was seen typing: a chat, or `<chat>/<topic>`. */
  readonly typing: readonly string[];
  /** Presses of buttons that the bot has answered, by id. */
  readonly answeredPresses: readonly string[];
  /** Names that bots have given themselves. */
  readonly names: readonly string[];
  /** Further bots, by token; each has its own user name. */
  readonly bots: Map<string, string>;
  /** What the bot may be told about itself beside its name. */
  readonly about: Record<string, unknown>;
  /** Somebody writes; gives the message's id. Fields overwrite those of an ordinary text of Ann's. */
  write(chatId: number, text: string, fields?: Record<string, unknown>): number;
  edit(chatId: number, messageId: number, text: string): void;
  /** Ann presses a button below a message of the bot. */
  press(messageId: number, option: string): void;
  /** Any update as it is, with its `update_id` added. */
  push(update: Record<string, unknown>): void;
  /** Updates that no bot has confirmed. */
  unconfirmed(): number;
  /** Breaks every open connection. */
  drop(): void;
  close(): Promise<void>;
}

const ANN = { id: 77, is_bot: false, first_name: 'Ann', username: 'ann' };

export async function startTelegramServer(token = '123456:test-token-of-the-bot'): Promise<TelegramServer> {
  const untold: TelegramSent[] = [];
  const faults: TelegramFault[] = [];
  const state = createUpdates();
  const bots = new Map<string, string>();
  const known = createTelegramMethods(state);
  const { sent, files } = known;
  let presses = 0;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, asker, id = ''] = /^\/file\/bot([^/]+)\/documents\/(\w+)$/.exec(request.url ?? '') ?? [];
    if (asker !== undefined) {
      const content = asker === token ? files.get(id) : undefined;
      response.writeHead(content === undefined ? 404 : 200);
      return void response.end(content);
    }
    const [, given = '', method = ''] = /^\/bot([^/]+)\/(\w+)/.exec(request.url ?? '') ?? [];
    const body = await readBody(request);
    if (given !== token && !bots.has(given)) return reply(response, new Failure(401, 'Unauthorized'));
    const fault = faults.find((candidate) => candidate.method === method && candidate.times > 0);
    if (fault) fault.times--;
    if (fault?.does === 'break-before') return void request.socket.destroy();
    if (fault && typeof fault.does === 'object') {
      const { status, description = 'fault', retryAfter, movedTo } = fault.does;
      return reply(
        response,
        new Failure(status, description, { retry_after: retryAfter, migrate_to_chat_id: movedTo }),
      );
    }
    const perform = known.methods[method];
    if (perform === undefined) return reply(response, new Failure(404, 'Not Found: method not found'));
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    // What the request does has happened, whether or not its sender lives to hear of it.
    const result = await perform(body, { gone: gone.signal, bot: bots.get(given) });
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
    untold,
    faults,
    bots,
    ...known,
    write(chatId, text, fields = {}) {
      const message_id = known.nextId();
      state.push({ message: { message_id, date: seconds(), chat: chatOf(chatId), from: ANN, text, ...fields } });
      return message_id;
    },
    edit(chatId, message_id, text) {
      const date = seconds();
      state.push({ edited_message: { message_id, date, edit_date: date, chat: chatOf(chatId), from: ANN, text } });
    },
    press(messageId, option) {
      const said = sent.find((message) => message.messageId === messageId);
      const button = said?.buttons?.find(({ text }) => text === option);
      if (said === undefined || button === undefined) throw new Error(`no button "${option}" at message ${messageId}`);
      const message = known.messageOf(said);
      state.push({
        callback_query: { id: `p${++presses}`, from: ANN, chat_instance: 'x', data: button.data, message },
      });
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

function reply(response: ServerResponse, result: unknown): void {
  const isFailure = result instanceof Failure;
  const body = isFailure
    ? { ok: false, error_code: result.status, description: result.description, parameters: result.parameters }
    : { ok: true, result };
  response.writeHead(isFailure ? result.status : 200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<Body> {
  const type = request.headers['content-type'] ?? '';
  if (type.startsWith('multipart/form-data')) return readForm(await readBuffer(request), type);
  const body = await readText(request);
  return body === '' ? {} : (JSON.parse(body) as Body);
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
