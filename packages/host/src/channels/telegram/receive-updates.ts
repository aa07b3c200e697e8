import { cappedRetryDelayMs } from '../../kernel/backoff.ts';
import { describeError, NanoError } from '../../kernel/errors.ts';
import { mapLimited } from '../../kernel/map-limited.ts';
import type { ChannelCondition } from '../channel.ts';
import type { TelegramClient } from './client.ts';
import { describeTelegramError, isTokenRefused } from './errors.ts';
import { type NormalizeContext, type Normalized, normalize } from './normalize.ts';
import type { TelegramDeps } from './telegram-channel.ts';
import { TelegramUpdate } from './wire.ts';

/** How long one file may take, in milliseconds; the messages that came with it wait for it. */
const MAX_FETCH_MS = 60_000;

/** How many messages have their files fetched at the same time: a slow file keeps few waiting, many fill no memory. */
const MAX_FETCHES = 4;

/** Longest pause between two attempts to reach Telegram, in milliseconds. */
const MAX_RECONNECT_MS = 60_000;

export interface Receiving {
  readonly client: TelegramClient;
  readonly signal: AbortSignal;
  readonly onCondition: (condition: ChannelCondition) => void;
  /** A message was stored. */
  readonly onMessage: (message: Extract<Normalized, { kind: 'message' | 'pressed' }>['message']) => void;
}

/** Asks for updates until it is told to stop. Never rejects. */
export async function receiveUpdates(deps: TelegramDeps, receiving: Receiving): Promise<void> {
  const { client, signal, onCondition } = receiving;
  let failures = 0;
  let offset = 0;
  let bot: NormalizeContext['bot'] | undefined;
  while (!signal.aborted) {
    try {
      bot ??= await introduce(deps, receiving);
      if (failures > 0 || offset === 0) onCondition({ phase: 'connected' });
      const context = { bot, triggerOf: deps.triggerOf, now: deps.clock.now() };
      const updates = (await client.updates(offset, signal)).map((update) => readUpdate(update, context));
      const events = await mapLimited(updates, MAX_FETCHES, (update) => withFiles(deps, receiving, update));
      for (const event of events) {
        // The next request confirms what comes before its offset: it moves only after the update is stored.
        hand(deps, receiving, event);
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

async function introduce({ log }: TelegramDeps, { client, signal }: Receiving): Promise<NormalizeContext['bot']> {
  const { id, name, readsGroups } = await client.whoAmI(signal);
  log.info('telegram.known', { bot: name, readsGroups });
  return { id, name };
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
  { client, signal }: Receiving,
  update: ReadUpdate,
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
function hand({ inbox, log }: TelegramDeps, receiving: Receiving, { event, next }: ReadUpdate): void {
  switch (event.kind) {
    case 'unknown':
      inbox.quarantine('telegram', 'an update has an unknown form', event.raw);
      return;
    case 'message':
    case 'pressed':
      inbox.receive(event.chat, event.message);
      receiving.onMessage(event.message);
      if (event.kind === 'pressed') notice(receiving, event);
      return;
    case 'edited':
      inbox.edited(event.chatJid, event.id, event.content, event.at);
      return;
    case 'chat':
      inbox.chatSeen(event.chat);
      return;
    case 'moved':
      inbox.chatMoved(event.from, event.to);
      return;
    default:
      log.debug('telegram.update-ignored', { next });
  }
}

/**
 * Shows who has pressed that it was noticed. In a group the buttons stay: whose choice counts, the chat's rules decide.
 * Nobody waits for either.
 */
function notice({ client }: Receiving, { chat, message, press }: Extract<Normalized, { kind: 'pressed' }>): void {
  void client.answerPress(press.id);
  if (!chat.isGroup) void client.removeButtons(message.chatJid.slice('tg:'.length), press.messageId);
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
