import { DISCORD_BOT, type DiscordRow, type DiscordSent, type DiscordState } from './discord-state.ts';
import { FormFile } from './multipart-form.ts';

export interface DiscordRequest {
  readonly method: string;
  /** Below the version. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  readonly form: Readonly<Record<string, unknown>>;
}

export interface DiscordAnswer {
  readonly status: number;
  readonly body?: unknown;
}

const MAX_CONTENT_CHARS = 2_000;

const refused = (status: number, code: number, message: string): DiscordAnswer => ({ status, body: { code, message } });

/** What the API does with a request that nothing keeps from being done. */
export function answerDiscord(state: DiscordState, root: string, request: DiscordRequest): DiscordAnswer {
  const { method, path, query, body } = request;
  if (path === '/gateway/bot') {
    const limit = { total: 1000, remaining: 999, reset_after: 0, max_concurrency: 1 };
    const body = { url: `${root.replace('http', 'ws')}/gateway`, shards: 1, session_start_limit: limit };
    return { status: 200, body };
  }
  if (path === '/users/@me') return { status: 200, body: DISCORD_BOT };
  if (path === '/applications/@me')
    return { status: 200, body: { id: DISCORD_BOT.id, name: 'Andy', flags: state.about.flags } };
  if (/^\/interactions\/\d+\/[^/]+\/callback$/.test(path)) {
    const data = body['data'] as { content: string; components: unknown[] };
    state.answered.push(data);
    return { status: 204 };
  }
  if (/^\/guilds\/\d+$/.test(path)) return { status: 200, body: state.guild() };
  const [, id = '', rest = ''] = /^\/channels\/(\d+)(.*)$/.exec(path) ?? [];
  const channel = state.channel(id);
  if (channel === undefined) return refused(404, 10003, 'Unknown Channel');
  if (rest === '') return { status: 200, body: channel };
  if (rest === '/typing') {
    state.typing.push(id);
    return { status: 204 };
  }
  const [, message, emoji] = /^\/messages\/(\d+)\/reactions\/([^/]+)\/@me$/.exec(rest) ?? [];
  if (emoji !== undefined) {
    const reaction = `${id}/${message} ${decodeURIComponent(emoji)}`;
    if (!state.reactions.includes(reaction)) state.reactions.push(reaction);
    return { status: 204 };
  }
  if (rest !== '/messages') return refused(404, 0, '404: Not Found');
  return method === 'GET' ? { status: 200, body: readAfter(state, id, query) } : post(state, id, request);
}

/** The messages right after one, the newest first. */
function readAfter(state: DiscordState, channel: string, query: URLSearchParams): unknown[] {
  const after = BigInt(query.get('after') ?? '0');
  const found = (state.history.get(channel) ?? []).filter(({ id }) => BigInt(String(id)) > after);
  return found.slice(0, Number(query.get('limit') ?? '50')).reverse();
}

function post(state: DiscordState, channel: string, { body, form }: DiscordRequest): DiscordAnswer {
  const content = String(body['content'] ?? '');
  const file = Object.values(form).find((value): value is FormFile => value instanceof FormFile);
  if (content.length > MAX_CONTENT_CHARS) return refused(400, 50035, 'Invalid Form Body');
  if (content === '' && file === undefined) return refused(400, 50006, 'Cannot send an empty message');
  const rows = body['components'] as readonly DiscordRow[] | undefined;
  const labels = rows?.flatMap(({ components }) => components.map(({ label }) => label)) ?? [];
  if (labels.some((label) => label === '' || label.length > 80)) return refused(400, 50035, 'Invalid Form Body');
  const nonce = body['nonce'];
  const key = `${channel} ${String(nonce)}`;
  const known = body['enforce_nonce'] === true && nonce !== undefined ? state.nonces.get(key) : undefined;
  if (known !== undefined) return { status: 200, body: known };
  const reply = (body['message_reference'] as { message_id: string } | undefined)?.message_id;
  const message = state.message(channel, { author: DISCORD_BOT, content, components: rows ?? [] });
  if (nonce !== undefined) state.nonces.set(key, message);
  const sent: DiscordSent = {
    id: String(message['id']),
    channel,
    content,
    ...(reply === undefined ? {} : { replyTo: reply }),
    ...(rows === undefined ? {} : { components: rows }),
    ...(file === undefined ? {} : { file: { name: file.name, content: file.content } }),
  };
  state.sent.push(sent);
  return { status: 200, body: message };
}
