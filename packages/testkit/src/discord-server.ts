import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer as readBuffer } from 'node:stream/consumers';
import { createDiscordGateway } from './discord-gateway.ts';
import { answerDiscord, type DiscordAnswer } from './discord-routes.ts';
import { createDiscordState, DISCORD_ANN, DISCORD_BOT, DISCORD_CHANNELS, type DiscordSent } from './discord-state.ts';
import { readForm } from './multipart-form.ts';

/** What goes wrong with the next requests whose method and path match; used up by `times` requests. */
export interface DiscordFault {
  readonly request: RegExp;
  readonly does:
    | { status: number; code?: number; retryAfter?: number }
    /** A connection that breaks before or after the request took effect. */
    | 'break-before'
    | 'break-after';
  times: number;
}

export type DiscordServer = Awaited<ReturnType<typeof startDiscordServer>>;

/** The requests that put a message into a channel. */
export const DISCORD_SENDS = /^POST \/channels\/\d+\/messages$/;

/** Discord on loopback, as a bot sees it, with a hand on everything that can go wrong. */
export async function startDiscordServer({ heartbeatMs = 30_000 }: { heartbeatMs?: number } = {}) {
  const token = 'MTIzNDU2.test.token-of-the-bot';
  const state = createDiscordState();
  const untold: DiscordSent[] = [];
  const faults: DiscordFault[] = [];
  const root = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let isAway = false;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (isAway) return void request.socket.destroy();
    const url = new URL(request.url ?? '/', root());
    const file = state.files.get(url.pathname);
    if (file !== undefined) return void response.end(file);
    const method = request.method ?? 'GET';
    const path = url.pathname.replace(/^\/api\/v10/, '');
    const sent = await readBuffer(request);
    const isOpen = path.startsWith('/interactions/');
    if (!isOpen && request.headers.authorization !== `Bot ${token}`) return reply(response, { status: 401 });
    const fault = faults.find((candidate) => candidate.times > 0 && candidate.request.test(`${method} ${path}`));
    if (fault) fault.times--;
    if (fault?.does === 'break-before') return void request.socket.destroy();
    if (fault && typeof fault.does === 'object') return fail(response, fault.does);
    const before = state.sent.length;
    const content = readContent(sent, request.headers['content-type'] ?? '');
    const result = answerDiscord(state, root(), { method, path, query: url.searchParams, ...content });
    if (fault?.does === 'break-after') {
      untold.push(...state.sent.slice(before));
      return void request.socket.destroy();
    }
    reply(response, result);
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  const gateway = createDiscordGateway(server, state, { token, heartbeatMs, root, isAway: () => isAway });
  // The default of five seconds closes connections that the client is about to use again.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    apiUrl: `${root()}/api`,
    bot: DISCORD_BOT,
    token,
    sent: state.sent as readonly DiscordSent[],
    /** Of these, the ones whose sender was never told. */
    untold: untold as readonly DiscordSent[],
    faults,
    /** Reactions as `<channel>/<message> <emoji>`. */
    reactions: state.reactions as readonly string[],
    /** Channels in which the bot was seen typing. */
    typing: state.typing as readonly string[],
    answered: state.answered,
    about: state.about,
    /** Somebody writes; gives the message's id. Fields overwrite those of an ordinary text of Ann's. */
    write(channel: string, content: string, fields: Record<string, unknown> = {}): string {
      const message = state.message(channel, { author: DISCORD_ANN, content, ...fields });
      gateway.dispatch('MESSAGE_CREATE', state.placed(channel, message));
      return String(message['id']);
    },
    mention(channel: string, text: string): string {
      return this.write(channel, `<@${DISCORD_BOT.id}> ${text}`, { mentions: [DISCORD_BOT] });
    },
    edit(channel: string, id: string, content: string): void {
      const [message] = (state.history.get(channel) ?? []).filter((known) => known['id'] === id);
      const edited = { ...message, content, edited_timestamp: new Date().toISOString() };
      gateway.dispatch('MESSAGE_UPDATE', state.placed(channel, edited));
    },
    remove: (channel: string, id: string): void => gateway.dispatch('MESSAGE_DELETE', { id, channel_id: channel }),
    /** Ann presses the button with this label. */
    press(message: DiscordSent, label: string): void {
      const buttons = message.components?.flatMap(({ components }) => components) ?? [];
      const button = buttons.find((candidate) => candidate.label === label);
      const { id, channel, content, components } = message;
      const question = state.placed(channel, { id, channel_id: channel, content, components, author: DISCORD_BOT });
      const isPrivate = channel === DISCORD_CHANNELS.private;
      const who = isPrivate ? { user: DISCORD_ANN } : { member: { user: DISCORD_ANN, roles: [] } };
      const press = { id: state.nextId(), application_id: DISCORD_BOT.id, type: 3, token: 'press-token', version: 1 };
      const data = { component_type: 2, custom_id: button?.custom_id };
      const place = { channel_id: channel, ...(isPrivate ? {} : { guild_id: state.guild()['id'] }) };
      gateway.dispatch('INTERACTION_CREATE', { ...press, ...place, ...who, message: question, data, entitlements: [] });
    },
    /** A file of Ann's; gives what a message says of it. */
    addFile(filename: string, content: Buffer, type = 'application/octet-stream'): Record<string, unknown> {
      const path = `/attachments/${state.nextId()}/${encodeURIComponent(filename)}`;
      state.files.set(path, content);
      const url = `${root()}${path}`;
      return { id: state.nextId(), filename, size: content.length, url, proxy_url: url, content_type: type };
    },
    dispatch: gateway.dispatch,
    counts: gateway.counts,
    isConnected: gateway.isConnected,
    askToReconnect: gateway.askToReconnect,
    forgetSession: gateway.forgetSession,
    refuseWith: gateway.refuseWith,
    drop: gateway.drop,
    /** Nobody can connect, and what is said meanwhile stands in the history only. */
    goAway() {
      isAway = true;
      gateway.forgetSession();
      gateway.drop();
    },
    comeBack() {
      isAway = false;
    },
    async close(): Promise<void> {
      gateway.drop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** JSON, or a form with files in which it is one of the parts. */
function readContent(sent: Buffer, type: string) {
  const form = type.startsWith('multipart/form-data') ? readForm(sent, type) : {};
  const json = type.startsWith('multipart/form-data') ? String(form['payload_json'] ?? '{}') : sent.toString('utf8');
  return { form, body: (json === '' ? {} : JSON.parse(json)) as Record<string, unknown> };
}

function reply(response: ServerResponse, { status, body }: DiscordAnswer, headers: Record<string, string> = {}): void {
  if (status === 204) {
    response.writeHead(status, headers).end();
    return;
  }
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body ?? { message: `${status}`, code: 0 }));
}

function fail(response: ServerResponse, does: { status: number; code?: number; retryAfter?: number }): void {
  const { status, code = 0, retryAfter } = does;
  if (retryAfter === undefined) {
    reply(response, { status, body: { code, message: 'fault' } });
    return;
  }
  const limits = { 'x-ratelimit-scope': 'user', 'x-ratelimit-remaining': '0', 'retry-after': String(retryAfter) };
  reply(response, { status, body: { message: 'You are being rate limited.', retry_after: retryAfter } }, limits);
}
