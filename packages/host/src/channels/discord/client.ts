import { createHash } from 'node:crypto';
import { readFile as readFromDisk } from 'node:fs/promises';
import { type RawFile, REST } from 'discord.js';
import { z } from 'zod';
import { NanoError } from '../../kernel/errors.ts';
import type { OutgoingFile, OutgoingText, SendOutcome } from '../channel.ts';
import { readFile } from '../inbound-files.ts';
import { buttonRows } from './buttons.ts';
import { discordOutcome } from './outcome.ts';
import { DiscordChannel, DiscordGuild, type DiscordPress } from './wire.ts';

/** How long one request may take, in milliseconds. */
const REQUEST_MS = 30_000;

/** Longest nonce (Create Message). */
const NONCE_CHARS = 25;

export type DiscordClient = ReturnType<typeof createDiscordClient>;

const GatewayInformation = z.object({
  url: z.string(),
  shards: z.number(),
  session_start_limit: z.object({
    total: z.number(),
    remaining: z.number(),
    reset_after: z.number(),
    max_concurrency: z.number(),
  }),
});

const Application = z.looseObject({ id: z.string(), name: z.string(), flags: z.number().default(0) });

const Sent = z.looseObject({ id: z.string() });

/** The few requests this channel makes, through discord.js. No error that leaves here holds the token. */
export function createDiscordClient(options: { token: string; apiUrl: string | undefined; signal: AbortSignal }) {
  const { apiUrl, signal } = options;
  const rest = new REST({
    version: '10',
    // Every attempt is the host's own.
    retries: 0,
    timeout: REQUEST_MS,
    rejectOnRateLimit: () => true,
    ...(apiUrl === undefined ? {} : { api: apiUrl.replace(/\/$/, '') }),
  }).setToken(options.token);

  const ask = createAsk(signal, () => rest.setToken(options.token));

  async function post(channel: string, body: object, files: RawFile[] = []): Promise<SendOutcome> {
    try {
      const sent = Sent.parse(
        await ask((signal) => rest.post(`/channels/${channel}/messages`, { body, files, signal })),
      );
      return { kind: 'sent', platformId: sent.id };
    } catch (error) {
      return discordOutcome(error);
    }
  }

  return {
    /** Where the gateway is. Asking it is the test of the token, too. */
    gatewayInformation: async () =>
      GatewayInformation.parse(await ask((signal) => rest.get('/gateway/bot', { signal }))),
    /** What the bot is, for those who set it up. */
    application: async () => Application.parse(await ask((signal) => rest.get('/applications/@me', { signal }))),
    /** Never rejects. */
    send(channel: string, message: OutgoingText, text: string): Promise<SendOutcome> {
      const components = buttonRows(message.options);
      return post(channel, {
        ...basicsOf(message, text),
        content: text,
        ...(components === undefined ? {} : { components }),
      });
    },
    /** Never rejects. */
    async sendFile(channel: string, file: OutgoingFile): Promise<SendOutcome> {
      const data = await readFromDisk(file.path).catch(() => undefined);
      if (data === undefined) return { kind: 'refused', reason: 'the copy of the file is gone' };
      const body = { ...basicsOf(file, file.path), ...(file.caption === '' ? {} : { content: file.caption }) };
      return post(channel, body, [{ name: file.name, data, contentType: file.mime }]);
    },
    /** Never rejects; setting it twice is setting it once. */
    async react(channel: string, messageId: string, emoji: string): Promise<SendOutcome> {
      const route = `/channels/${channel}/messages/${messageId}/reactions/${encodeURIComponent(emoji)}/@me` as const;
      try {
        await ask((signal) => rest.put(route, { signal }));
        return { kind: 'sent', platformId: messageId };
      } catch (error) {
        return discordOutcome(error);
      }
    },
    async showTyping(channel: string): Promise<void> {
      await ask((signal) => rest.post(`/channels/${channel}/typing`, { signal }));
    },
    /** Says that a press was taken, and takes the buttons off the question. */
    async replaceButtons({ id, token }: DiscordPress, content: string): Promise<void> {
      const body = { type: 7, data: { content, components: [] } };
      await ask((signal) => rest.post(`/interactions/${id}/${token}/callback`, { body, auth: false, signal }));
    },
    /** Messages after one, as they are given; the newest first. */
    async messagesAfter(channel: string, after: string, limit: number): Promise<unknown[]> {
      const query = new URLSearchParams({ after, limit: String(limit) });
      return z
        .array(z.unknown())
        .parse(await ask((signal) => rest.get(`/channels/${channel}/messages`, { query, signal })));
    },
    async channel(id: string): Promise<z.infer<typeof DiscordChannel>> {
      return DiscordChannel.parse(await ask((signal) => rest.get(`/channels/${id}`, { signal })));
    },
    async guildName(id: string): Promise<string> {
      return DiscordGuild.pick({ name: true }).parse(await ask((signal) => rest.get(`/guilds/${id}`, { signal }))).name;
    },
    /** Addresses of files are signed and end after a day, so they are fetched at once. Throws NanoError 'file-refused'. */
    async fetchFile(address: string, until: AbortSignal): Promise<Buffer> {
      const url = new URL(address);
      const isOwn = apiUrl !== undefined && url.origin === new URL(apiUrl).origin;
      const isDiscord = url.protocol === 'https:' && /(^|\.)(discordapp\.(com|net)|discord\.com)$/.test(url.hostname);
      if (!isOwn && !isDiscord) throw new NanoError('file-refused', 'it does not lie with Discord');
      return readFile(await fetch(url, { signal: until }));
    },
  };
}

/**
 * The library leaves a listener at the signal of each request, so each has one of its own; and it forgets the token when it
 * is refused once, so each is given it again.
 */
function createAsk(signal: AbortSignal, giveToken: () => void) {
  return async <T>(request: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    giveToken();
    const own = new AbortController();
    const stop = (): void => own.abort();
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await request(own.signal);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  };
}

/** What every message of ours has: a number by which Discord knows it again, a reply, and nobody called by chance. */
function basicsOf(message: Omit<OutgoingText, 'text'>, content: string): object {
  const { outboxId, part, answers } = message;
  const whole = createHash('sha256').update(`${outboxId} ${part} ${content}`).digest('hex');
  const isReply = part === 0 && answers !== undefined && /^\d+$/.test(answers.messageId);
  return {
    nonce: whole.slice(0, NONCE_CHARS),
    enforce_nonce: true,
    allowed_mentions: { parse: ['users'], replied_user: false },
    ...(isReply ? { message_reference: { message_id: answers.messageId, fail_if_not_exists: false } } : {}),
  };
}
