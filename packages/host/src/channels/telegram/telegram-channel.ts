import { cappedRetryDelayMs } from '../../kernel/backoff.ts';
import type { Clock } from '../../kernel/clock.ts';
import { describeError, NanoError } from '../../kernel/errors.ts';
import type { Log } from '../../kernel/log.ts';
import type { ChatJid } from '../../messages/message.ts';
import type { Channel, ChannelCondition, Inbox, OutgoingText } from '../channel.ts';
import { splitText } from '../split-text.ts';
import { createTelegramClient, describeTelegramError, isTokenRefused } from './client.ts';
import { type NormalizeContext, type Normalized, normalize } from './normalize.ts';
import { TelegramUpdate } from './wire.ts';

/** Longest text of one Telegram message, in UTF-16 code units (Bot API, `sendMessage`). */
export const MAX_TELEGRAM_CHARS = 4_096;

/** How long one file may take, in milliseconds; the messages that came with it wait for it. */
const MAX_FETCH_MS = 60_000;

/** Longest pause between two attempts to reach Telegram, in milliseconds. */
const MAX_RECONNECT_MS = 60_000;

export interface TelegramDeps {
  readonly token: string;
  /** Where the Bot API is, when it is not Telegram's own. */
  readonly apiRoot: string | undefined;
  readonly inbox: Inbox;
  readonly triggerOf: (chatJid: ChatJid) => string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}

/** Chats `tg:<id>` over the Bot API by long polling. Connects by itself, for as long as it takes. */
export function createTelegramChannel(deps: TelegramDeps): Channel {
  const client = createTelegramClient(deps);
  const stopping = new AbortController();
  let condition: ChannelCondition = { phase: 'connecting' };
  const receiving = receiveUpdates(deps, { client, signal: stopping.signal, onCondition: (now) => (condition = now) });

  return {
    name: 'telegram',
    // Telegram has no id of ours on a message and no history a bot may read.
    doubt: 'neither',
    owns: (chatJid) => chatJid.startsWith('tg:'),
    condition: () => condition,
    split: (text) => splitText(text, MAX_TELEGRAM_CHARS),
    send: (message) => client.send(chatIdOf(message.chatJid), withSender(message)),
    sendFile: (file) => client.sendFile(chatIdOf(file.chatJid), file),
    react: ({ chatJid, messageId, emoji }) => client.react(chatIdOf(chatJid), messageId, emoji),
    async setTyping(chatJid, isTyping) {
      // Telegram forgets it by itself after five seconds.
      if (isTyping) await client.showTyping(chatIdOf(chatJid)).catch(() => undefined);
    },
    async stop() {
      stopping.abort();
      await receiving;
    },
  };
}

/** A bot has one name: whose words they are stands before the first part, where there is room. */
function withSender({ sender, part, text }: OutgoingText): string {
  const named = sender === null || part > 0 ? text : `${sender}: ${text}`;
  return named.length > MAX_TELEGRAM_CHARS ? text : named;
}

function chatIdOf(chatJid: ChatJid): string {
  return chatJid.slice('tg:'.length);
}

interface Receiving {
  readonly client: ReturnType<typeof createTelegramClient>;
  readonly signal: AbortSignal;
  readonly onCondition: (condition: ChannelCondition) => void;
}

/** Asks for updates until it is told to stop. Never rejects. */
async function receiveUpdates(deps: TelegramDeps, { client, signal, onCondition }: Receiving): Promise<void> {
  let failures = 0;
  let offset = 0;
  let botName: string | undefined;
  while (!signal.aborted) {
    try {
      botName ??= await client.whoAmI(signal);
      if (failures > 0 || offset === 0) onCondition({ phase: 'connected' });
      const context = { botName, triggerOf: deps.triggerOf };
      const updates = (await client.updates(offset, signal)).map((update) => readUpdate(update, context));
      // Files of all of them are fetched at the same time, so that a slow one keeps others waiting once.
      const events = await Promise.all(updates.map((update) => withFiles(deps, client, update, signal)));
      for (const event of events) {
        // The next request confirms what comes before its offset: it moves only after the update is stored.
        hand(deps, event);
        offset = event.next ?? offset;
      }
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      failures++;
      const reason = isTokenRefused(error)
        ? 'Telegram refuses the token: check TELEGRAM_BOT_TOKEN'
        : describeFailure(error);
      onCondition({ phase: 'down', reason });
      const ms = cappedRetryDelayMs(failures, deps.random(), MAX_RECONNECT_MS);
      deps.log.warn('channel.down', { channel: 'telegram', failures, ms, reason });
      await deps.clock.sleep(ms, signal);
    }
  }
}

/** An update in the host's terms, with the offset that confirms it. */
interface ReadUpdate {
  readonly event: Normalized | { kind: 'unknown'; raw: string };
  readonly next: number | undefined;
}

function readUpdate(raw: unknown, context: NormalizeContext): ReadUpdate {
  const parsed = TelegramUpdate.safeParse(raw);
  if (!parsed.success) return { event: { kind: 'unknown', raw: JSON.stringify(raw) }, next: updateIdOf(raw) };
  return { event: normalize(parsed.data, context), next: parsed.data.update_id + 1 };
}

/** The same with the files of its message, as far as they can be had in time; the others are told of. */
async function withFiles(
  { inbox, log }: TelegramDeps,
  client: ReturnType<typeof createTelegramClient>,
  update: ReadUpdate,
  signal: AbortSignal,
): Promise<ReadUpdate> {
  const { event } = update;
  if (event.kind !== 'message' || event.files.length === 0 || !inbox.wantsFiles(event.message)) return update;
  const attachments = [...(event.message.attachments ?? [])];
  const words: string[] = [];
  for (const { index, fileId, name } of event.files) {
    const attachment = attachments[index];
    if (attachment === undefined) continue;
    try {
      const content = await client.fetchFile(fileId, AbortSignal.any([signal, AbortSignal.timeout(MAX_FETCH_MS)]));
      attachments[index] = { ...attachment, ...inbox.keepFile(event.message, { name, content }) };
      const said = attachment.type === 'voice' ? await inbox.transcribe(content) : undefined;
      if (said !== undefined) words.push(said);
    } catch (error) {
      const problem = error instanceof NanoError ? error.message : 'it could not be fetched';
      attachments[index] = { ...attachment, problem };
      log.warn('telegram.file-not-fetched', { chat: event.message.chatJid, problem: describeFailure(error) });
    }
  }
  const content = [event.message.content, ...words].join(' ');
  return { ...update, event: { ...event, message: { ...event.message, content, attachments } } };
}

/** Hands one update over. Throws when it could not be stored. */
function hand({ inbox, log }: TelegramDeps, { event, next }: ReadUpdate): void {
  if (event.kind === 'unknown') inbox.quarantine('telegram', 'an update has an unknown form', event.raw);
  else if (event.kind === 'message') inbox.receive(event.chat, event.message);
  else if (event.kind === 'edited') inbox.edited(event.chatJid, event.id, event.content, event.at);
  else log.debug('telegram.update-ignored', { next });
}

function updateIdOf(raw: unknown): number | undefined {
  const id = typeof raw === 'object' && raw !== null && 'update_id' in raw ? raw.update_id : undefined;
  return typeof id === 'number' ? id + 1 : undefined;
}

/** A store that fails is the host's own trouble and is told as that. */
function describeFailure(error: unknown): string {
  if (error instanceof NanoError) return error.message;
  const isOurs = error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_');
  return isOurs ? `a message could not be stored: ${describeError(error)}` : describeTelegramError(error);
}
