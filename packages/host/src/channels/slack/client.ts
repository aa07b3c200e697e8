import { readFile as readFromDisk } from 'node:fs/promises';
import { type Logger, LogLevel, WebClient as Web, type WebClient } from '@slack/web-api';
import { NanoError } from '../../kernel/errors.ts';
import type { OutgoingFile, SendOutcome } from '../channel.ts';
import { readFile } from '../inbound-files.ts';
import { formatSlack } from './format.ts';
import { slackOutcome } from './outcome.ts';
import { type SlackFile, SlackHistory } from './wire.ts';

/** How long one request may take, in milliseconds. */
const REQUEST_MS = 30_000;

/** Where the Web API is when nothing else is set. */
const SLACK_API_URL = 'https://slack.com/api/';

/** A text on its way, with what tells it from others when it is looked for. */
export interface SlackText {
  readonly channel: string;
  readonly thread: string | undefined;
  readonly text: string;
  readonly mark: string;
  readonly blocks: readonly object[] | undefined;
}

export type SlackClient = ReturnType<typeof createSlackClient>;

/** The client libraries say on the console what the host says in its own words, and more. */
export const SILENT_LOGGER: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => LogLevel.ERROR,
  setName() {},
};

/** Options of both client libraries: every attempt is the host's own, and ends with the signal. */
export function clientOptions(apiUrl: string | undefined, signal: AbortSignal) {
  return {
    slackApiUrl: apiUrl === undefined ? SLACK_API_URL : `${apiUrl.replace(/\/$/, '')}/`,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: REQUEST_MS,
    logger: SILENT_LOGGER,
    fetch: (url: string | URL, init?: RequestInit) => {
      const signals = init?.signal ? [signal, init.signal] : [signal];
      return fetch(url, { ...init, signal: AbortSignal.any(signals) });
    },
  };
}

/** The few requests this channel makes, through Slack's own client. No error that leaves here holds a token. */
export function createSlackClient(options: { token: string; apiUrl: string | undefined; signal: AbortSignal }) {
  const { token, apiUrl, signal } = options;
  const web: WebClient = new Web(token, clientOptions(apiUrl, signal) as ConstructorParameters<typeof Web>[1]);
  return {
    /** The bot's user id. */
    async whoAmI(): Promise<string> {
      const { user_id: user } = await web.auth.test();
      return user ?? '';
    },
    /** Never rejects. */
    async post({ channel, thread, text, mark, blocks }: SlackText): Promise<SendOutcome> {
      try {
        const { ts = '' } = await web.chat.postMessage({
          channel,
          text,
          metadata: { event_type: MARK_TYPE, event_payload: { mark } },
          ...(thread === undefined ? {} : { thread_ts: thread }),
          ...(blocks === undefined ? {} : { blocks: blocks as never }),
        });
        return { kind: 'sent', platformId: ts };
      } catch (error) {
        return slackOutcome(error);
      }
    },
    /** Never rejects. */
    async upload(channel: string, file: OutgoingFile): Promise<SendOutcome> {
      try {
        const place = await web.files.getUploadURLExternal({ filename: file.name, length: file.bytes });
        const { upload_url: url = '', file_id: id = '' } = place;
        const response = await fetch(url, { method: 'POST', body: await readFromDisk(file.path), signal });
        if (!response.ok) return { kind: 'retry', reason: `Slack answered a file with status ${response.status}` };
        return await complete(web, { channel, file, id });
      } catch (error) {
        const outcome = slackOutcome(error);
        // Nobody sees a file before its upload is completed.
        return outcome.kind === 'unknown' ? { kind: 'retry', reason: outcome.reason } : outcome;
      }
    },
    /** Never rejects. */
    async react(channel: string, ts: string, name: string): Promise<SendOutcome> {
      try {
        await web.reactions.add({ channel, timestamp: ts, name });
      } catch (error) {
        const outcome = slackOutcome(error);
        if (outcome.reason !== 'Slack said already_reacted') return outcome;
      }
      return { kind: 'sent', platformId: ts };
    },
    async showStatus(channel: string, thread: string, status: string): Promise<void> {
      await web.assistant.threads.setStatus({ channel_id: channel, thread_ts: thread, status });
    },
    /** Takes the buttons off a question. */
    async replaceButtons(channel: string, ts: string, text: string): Promise<void> {
      await web.chat.update({ channel, ts, text, blocks: [] });
    },
    /** One page of a channel, or of a thread of it, after a moment; what is in it is still unread. */
    async history(channel: string, page: HistoryPage): Promise<SlackHistory> {
      const { thread, cursor, ...rest } = page;
      const asked = { channel, include_all_metadata: true, ...rest, ...(cursor === undefined ? {} : { cursor }) };
      const answer =
        thread === undefined
          ? await web.conversations.history(asked)
          : await web.conversations.replies({ ...asked, ts: thread });
      return SlackHistory.parse(answer);
    },
    async userName(user: string): Promise<string | undefined> {
      const { user: found } = await web.users.info({ user });
      return found?.profile?.display_name || found?.profile?.real_name || found?.real_name || found?.name;
    },
    async channelName(channel: string): Promise<string | undefined> {
      const { channel: found } = await web.conversations.info({ channel });
      return found?.name;
    },
    /** Throws NanoError 'file-refused' when Slack does not give it. */
    async fetchFile(file: SlackFile, until: AbortSignal): Promise<Buffer> {
      const url = new URL(file.url_private ?? 'none:');
      if (!isOfSlack(url, apiUrl)) throw new NanoError('file-refused', 'it does not lie with Slack');
      const response = await fetch(url, { headers: { authorization: `Bearer ${token}` }, signal: until });
      const isPage = response.headers.get('content-type')?.startsWith('text/html') === true;
      if (isPage && file.mimetype !== 'text/html') {
        throw new NanoError('file-refused', 'Slack does not give it: the app needs the scope files:read');
      }
      return readFile(response);
    },
  };
}

export interface HistoryPage {
  readonly oldest?: string;
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly thread?: string | undefined;
}

/** The kind of note by which a text of this host is known again. */
const MARK_TYPE = 'nanoclaw_text';

async function complete(
  web: WebClient,
  { channel, file, id }: { channel: string; file: OutgoingFile; id: string },
): Promise<SendOutcome> {
  const thread = file.answers?.thread;
  try {
    await web.files.completeUploadExternal({
      files: [{ id, title: file.name }],
      channel_id: channel,
      ...(file.caption === '' ? {} : { initial_comment: formatSlack(file.caption) }),
      ...(thread === undefined ? {} : { thread_ts: thread }),
    } as Parameters<WebClient['files']['completeUploadExternal']>[0]);
    return { kind: 'sent', platformId: id };
  } catch (error) {
    return slackOutcome(error);
  }
}

/** The token is shown to nobody else, wherever a message says that its file lies. */
function isOfSlack(url: URL, apiUrl: string | undefined): boolean {
  if (apiUrl !== undefined && url.origin === new URL(apiUrl).origin) return true;
  return url.protocol === 'https:' && /(^|\.)slack\.com$/.test(url.hostname);
}
