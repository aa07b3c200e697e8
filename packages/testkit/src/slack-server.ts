import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer as readBuffer } from 'node:stream/consumers';
import { FormFile, readForm } from './multipart-form.ts';
import { type SlackFields, slackMethods } from './slack-methods.ts';
import { createSlackSocket } from './slack-socket.ts';
import { createSlackState, type SlackSent } from './slack-state.ts';

/** What goes wrong with the next requests of one method; the first that matches is used up by `times` requests. */
export interface SlackFault {
  readonly method: string;
  readonly does:
    | { status: number; retryAfter?: number }
    /** An answer of Slack's that begins with `ok: false`. */
    | { error: string; needed?: string }
    /** A connection that breaks before or after the request took effect. */
    | 'break-before'
    | 'break-after';
  times: number;
}

/** Slack on loopback, as an app in Socket Mode sees it, with a hand on everything that can go wrong. */
export interface SlackServer {
  readonly apiUrl: string;
  readonly botToken: string;
  readonly appToken: string;
  readonly sent: readonly SlackSent[];
  /** Of these, the ones whose sender was never told. */
  readonly untold: readonly SlackSent[];
  readonly faults: SlackFault[];
  /** Reactions as `<channel>/<ts> <name>`. */
  readonly reactions: readonly string[];
  /** What was shown as `<channel>/<thread> <status>`. */
  readonly statuses: readonly string[];
  /** What the app may do, as answers tell it; nothing is told while it is empty. */
  readonly scopes: string[];
  readonly updates: readonly { ts: string; text: string; blocks: unknown }[];
  /** Methods in the order in which they were called. */
  readonly calls: readonly string[];
  /** Somebody writes; gives the message's ts. Fields overwrite those of an ordinary text of Ann's. */
  write(channel: string, text: string, fields?: Record<string, unknown>): string;
  /** A mention, which Slack delivers as a message and as a mention. */
  mention(channel: string, text: string): string;
  edit(channel: string, ts: string, text: string): void;
  remove(channel: string, ts: string): void;
  /** A press of a button of the message. */
  press(message: SlackSent, value: string): void;
  /** A file of Ann's; gives what a message says of it. */
  addFile(name: string, content: Buffer | undefined, type?: string): Record<string, unknown>;
  /** An event that is only delivered while the app is connected, and that Slack does not keep. */
  event(event: Record<string, unknown>): void;
  unacknowledged(): number;
  connections(): number;
  isConnected(): boolean;
  /** Slack asks for a new connection, as it does every few hours. */
  refresh(): void;
  /** Breaks every open connection. */
  drop(): void;
  /** While it is away there is nobody to connect to, and what was not delivered is forgotten. */
  goAway(): void;
  comeBack(): void;
  close(): Promise<void>;
}

export async function startSlackServer(): Promise<SlackServer> {
  const botToken = 'xoxb-1-test-token-of-the-bot';
  const appToken = 'xapp-1-test-token-of-the-app';
  const state = createSlackState();
  const untold: SlackSent[] = [];
  const faults: SlackFault[] = [];
  const calls: string[] = [];
  const root = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const methods = slackMethods(state, root);
  let isAway = false;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', root()).pathname;
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (isAway) return void request.socket.destroy();
    if (path.startsWith('/files/')) return giveFile(response, path, token);
    const body = await readBuffer(request);
    if (path.startsWith('/upload/')) return takeUpload(response, path, { body, type: request.headers['content-type'] });
    const method = path.replace(/^\/api\//, '');
    calls.push(method);
    const fields = readFields(body);
    const given = token ?? fields['token'];
    const fault = faults.find((candidate) => candidate.method === method && candidate.times > 0);
    if (fault) fault.times--;
    if (fault?.does === 'break-before') return void request.socket.destroy();
    if (fault && typeof fault.does === 'object') return fail(response, fault.does);
    const before = state.sent.length;
    const result = perform(method, given, fields);
    if (fault?.does === 'break-after') {
      untold.push(...state.sent.slice(before));
      return void request.socket.destroy();
    }
    const { scopes } = state;
    reply(response, result, 200, scopes.length === 0 ? {} : { 'x-oauth-scopes': scopes.join(',') });
  }

  function perform(method: string, token: unknown, fields: SlackFields): object {
    const isForApp = method === 'apps.connections.open';
    if (token !== (isForApp ? appToken : botToken)) {
      const isOther = token === (isForApp ? botToken : appToken);
      return { ok: false, error: isOther ? 'not_allowed_token_type' : 'invalid_auth' };
    }
    if (isForApp) return { ok: true, url: `${root().replace('http', 'ws')}/link/?ticket=1` };
    return methods[method]?.(fields) ?? { ok: false, error: 'unknown_method' };
  }

  function giveFile(response: ServerResponse, path: string, token: string | undefined): void {
    const file = state.files.get(path);
    if (token !== botToken || file === undefined) {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
      return void response.end('<html>Sign in to Slack</html>');
    }
    response.writeHead(200, { 'content-type': file.type });
    response.end(file.content);
  }

  function takeUpload(response: ServerResponse, path: string, sent: { body: Buffer; type: string | undefined }): void {
    const id = path.slice('/upload/'.length);
    const known = state.uploads.get(id);
    if (known === undefined) {
      fail(response, { status: 404 });
      return;
    }
    const isForm = sent.type?.startsWith('multipart/form-data') === true;
    const fields = isForm ? Object.values(readForm(sent.body, sent.type ?? '')) : [];
    const file = fields.find((value): value is FormFile => value instanceof FormFile);
    state.uploads.set(id, { ...known, content: file?.content ?? sent.body });
    response.end('OK');
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  const socket = createSlackSocket(server);
  // The default of five seconds closes connections that the client is about to use again.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  function write(channel: string, text: string, fields: Record<string, unknown> = {}): string {
    const ts = state.nextTs();
    const message = { type: 'message', user: 'U1', text, ts, ...fields };
    state.keep(channel, message);
    socket.deliver({ ...message, channel, channel_type: channel.startsWith('D') ? 'im' : 'channel' });
    return String(message.ts);
  }

  return {
    ...state,
    apiUrl: `${root()}/api/`,
    botToken,
    appToken,
    untold,
    faults,
    calls,
    write,
    mention(channel, text) {
      const ts = write(channel, text);
      socket.deliver({ type: 'app_mention', channel, user: 'U1', text, ts });
      return ts;
    },
    edit(channel, ts, text) {
      const message = { type: 'message', user: 'U1', text, ts, edited: { user: 'U1', ts: state.nextTs() } };
      socket.deliver({ type: 'message', subtype: 'message_changed', channel, message, ts: state.nextTs() });
    },
    remove(channel, ts) {
      const event = { type: 'message', subtype: 'message_deleted', channel, deleted_ts: ts, ts: state.nextTs() };
      socket.deliver({ ...event, previous_message: { type: 'message', user: 'U1', text: '', ts } });
    },
    press({ channel, ts, threadTs, text }, value) {
      const message = { ts, text, ...(threadTs === undefined ? {} : { thread_ts: threadTs }) };
      const action = { type: 'button', action_id: 'option', value, action_ts: state.nextTs() };
      const who = { user: { id: 'U1', username: 'ann' }, channel: { id: channel } };
      socket.interact({ type: 'block_actions', ...who, message, actions: [action] });
    },
    addFile(name, content, type = 'application/octet-stream') {
      const id = state.nextId('F');
      if (content !== undefined) state.files.set(`/files/${id}`, { type, content });
      return { id, name, mimetype: type, size: content?.length ?? 9, url_private: `${root()}/files/${id}` };
    },
    event: socket.deliver,
    unacknowledged: socket.unacknowledged,
    connections: socket.connections,
    isConnected: socket.isConnected,
    refresh: socket.refresh,
    drop: socket.drop,
    goAway() {
      isAway = true;
      socket.forget();
      socket.drop();
    },
    comeBack() {
      isAway = false;
    },
    async close() {
      socket.drop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function reply(response: ServerResponse, result: object, status = 200, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(result));
}

function fail(response: ServerResponse, does: { status: number; retryAfter?: number } | { error: string }): void {
  if ('error' in does) {
    reply(response, { ok: false, ...does });
    return;
  }
  const headers = does.retryAfter === undefined ? undefined : { 'retry-after': String(does.retryAfter) };
  reply(response, { ok: false, error: 'ratelimited' }, does.status, headers);
}

/** Requests are forms; what is not a plain value in them is JSON. */
function readFields(body: Buffer): SlackFields {
  const fields = [...new URLSearchParams(body.toString('utf8'))].map(([name, value]): [string, unknown] => [
    name,
    /^[[{]/.test(value) && name !== 'text' ? JSON.parse(value) : value,
  ]);
  return Object.fromEntries(fields);
}
