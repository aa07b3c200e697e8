import { once, setMaxListeners } from 'node:events';
import { createReadStream, type ReadStream, readFileSync, statSync } from 'node:fs';
import { basename, isAbsolute } from 'node:path';
import { Readable } from 'node:stream';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { z } from 'zod';
import type { LocalChannel, LocalFile } from '../channels/local/local-channel.ts';
import type { OwnerWords } from '../flows/owner-words.ts';
import { type Clock, systemClock } from '../kernel/clock.ts';
import { describeError, NanoError } from '../kernel/errors.ts';
import { type Log, silentLog } from '../kernel/log.ts';
import { type ChatJid, MAX_INBOUND_CHARS } from '../messages/message.ts';
import { answerError, refuse } from './answers.ts';
import { conversationStream } from './conversation-stream.ts';
import { MAX_LOCAL_FILES, takeUpload, uploadLimit } from './take-message.ts';

/** Longest body of a message request: JSON of the longest text in UTF-8, with room for some escapes. */
export const MAX_MESSAGE_BODY_BYTES = 4 * MAX_INBOUND_CHARS;

/** Largest file of a message that is named by its path, in bytes. */
export const MAX_LOCAL_FILE_BYTES = 50 * 1024 * 1024;

/** A chat as faces list it. */
export interface ListedChat {
  readonly jid: ChatJid;
  readonly name: string;
  /** The app it is a chat of; absent for the local ones. */
  readonly app?: string;
}

/** What every face of the local channel needs. */
export interface ChatRoutesDeps {
  readonly local: LocalChannel;
  readonly chats: () => readonly ListedChat[];
  /** How the owner's words get into a chat; default: those of the local channel. */
  readonly say?: OwnerWords | undefined;
  /** Whether whoever asks may name files of this machine: the owner's own commands may. */
  readonly mayNamePaths?: boolean;
  /** Ends every event stream when it aborts. */
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
  /** Told of failures nobody expected; the answer to the client names no details. */
  readonly log?: Log;
}

const MessageBody = z.object(
  { text: z.string('text must be a string'), files: z.array(z.string()).max(MAX_LOCAL_FILES).optional() },
  'the body must be {"text": "…"}',
);

const SeqText = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number);

/**
 * The local chats over HTTP, for the web page and the control socket alike:
 * `GET /chats`, `GET /chats/:jid/events` (server-sent events), `POST /chats/:jid/messages`, `GET /files/:key`. Errors are `{error}`.
 * Who may ask is decided before it gets here.
 */
export function chatRoutes(deps: ChatRoutesDeps): Hono {
  const app = new Hono();
  // Every viewer listens to it; the channel limits how many there are.
  if (deps.signal) setMaxListeners(0, deps.signal);
  const sizeLimit = bodyLimit({
    maxSize: MAX_MESSAGE_BODY_BYTES,
    onError: (c) => refuse(c, 413, `the message is larger than ${MAX_MESSAGE_BODY_BYTES} bytes: send it in parts`),
  });
  app.get('/chats', (c) => c.json(deps.chats()));
  app.get('/chats/:jid/events', (c) => events(c, deps));
  app.get('/files/:key', (c) => giveFile(c, deps));
  app.post('/chats/:jid/messages', sizeLimit, (c) => takeMessage(c, deps));
  app.post('/chats/:jid/files', uploadLimit, (c) => takeUpload(c, wordsOf(deps), knownChat(c, deps)));
  app.onError((error, c) => answerError(c, error, deps.log ?? silentLog));
  app.notFound((c) => refuse(c, 404, `there is nothing at ${c.req.method} ${c.req.path}`));
  return app;
}

/** Kinds of files that a page may show in its place; every other one is only saved. */
const SHOWN: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);

/** A file that the assistant has sent. It may hold anything: it is never a page of ours, whatever it says it is. */
async function giveFile(c: Context, deps: ChatRoutesDeps): Promise<Response> {
  const file = deps.local.fileOf(c.req.param('key') ?? '');
  const stream = file && (await openFile(file.path));
  if (file === undefined || stream === undefined) throw new NanoError('not-found', 'this file is not kept any more');
  const isShown = SHOWN.has(file.mime);
  return c.body(Readable.toWeb(stream) as ReadableStream, 200, {
    'content-type': isShown ? file.mime : 'application/octet-stream',
    'content-length': String(file.bytes),
    'content-disposition': `${isShown ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeURIComponent(file.name)}`,
    'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
  });
}

/** Undefined for what was removed since. */
async function openFile(path: string): Promise<ReadStream | undefined> {
  const stream = createReadStream(path);
  return once(stream, 'open').then(
    () => stream,
    () => undefined,
  );
}

function events(c: Context, deps: ChatRoutesDeps): Response {
  const chatJid = knownChat(c, deps);
  const body = conversationStream({
    local: deps.local,
    chatJid,
    afterSeq: startOf(c, deps.local, chatJid),
    clock: deps.clock ?? systemClock,
    signal: deps.signal,
  });
  // The connection ends with the stream, so that a host that stops has no idle connections to wait for.
  const headers = { 'cache-control': 'no-store', connection: 'close' };
  return c.body(body, 200, { 'content-type': 'text/event-stream; charset=utf-8', ...headers });
}

/** Where the viewer left off. A place beyond the newest message belongs to another database: it sees the history. */
function startOf(c: Context, local: LocalChannel, chatJid: ChatJid): number | undefined {
  const newest = local.history(chatJid).at(-1)?.seq ?? 0;
  const asked = SeqText.safeParse(c.req.header('last-event-id') ?? c.req.query('after'));
  if (asked.success) return asked.data <= newest ? asked.data : undefined;
  return c.req.query('history') === '0' ? newest : undefined;
}

async function takeMessage(c: Context, deps: ChatRoutesDeps): Promise<Response> {
  const chatJid = knownChat(c, deps);
  const body = MessageBody.safeParse(parseJson(await c.req.text()));
  if (!body.success) return refuse(c, 400, `the message was not taken: ${body.error.issues[0]?.message}`);
  const { text, files = [] } = body.data;
  if (files.length > 0 && deps.mayNamePaths !== true)
    return refuse(c, 400, 'files are named by path on this machine only');
  return c.json({ seq: wordsOf(deps)(chatJid, text, files.map(readLocalFile)) }, 202);
}

function wordsOf({ say, local }: ChatRoutesDeps): OwnerWords {
  return say ?? local.say;
}

/** A file of the owner's, who has named it on this machine. Throws 'message-refused' for what cannot be sent. */
function readLocalFile(path: string): LocalFile {
  try {
    if (!isAbsolute(path)) throw new Error('its path is not absolute');
    const stat = statSync(path);
    if (!stat.isFile()) throw new Error('it is no file');
    if (stat.size > MAX_LOCAL_FILE_BYTES) throw new Error(`it is larger than ${MAX_LOCAL_FILE_BYTES} bytes`);
    return { name: basename(path), content: readFileSync(path) };
  } catch (cause) {
    throw new NanoError('message-refused', `${path} cannot be sent: ${describeError(cause)}`);
  }
}

/** Undefined for text that is not JSON; the schema then says what is wanted. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function knownChat(c: Context, deps: ChatRoutesDeps): ChatJid {
  const asked = c.req.param('jid');
  const chat = deps.chats().find(({ jid }) => jid === asked);
  if (chat === undefined) throw new NanoError('not-found', `there is no chat ${JSON.stringify(asked)} here`);
  return chat.jid;
}
