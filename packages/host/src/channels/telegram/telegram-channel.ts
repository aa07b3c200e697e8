import { cappedRetryDelayMs } from '../../kernel/backoff.ts';
import type { Clock } from '../../kernel/clock.ts';
import { describeError } from '../../kernel/errors.ts';
import type { Log } from '../../kernel/log.ts';
import type { ChatJid } from '../../messages/message.ts';
import type { Channel, ChannelCondition, Inbox } from '../channel.ts';
import { splitText } from '../split-text.ts';
import { createTelegramClient, describeTelegramError, isTokenRefused } from './client.ts';
import { type NormalizeContext, normalize } from './normalize.ts';
import { TelegramUpdate } from './wire.ts';

/** Longest text of one Telegram message, in UTF-16 code units (Bot API, `sendMessage`). */
export const MAX_TELEGRAM_CHARS = 4_096;

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
    send: ({ chatJid, text }) => client.send(chatIdOf(chatJid), text),
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
      for (const update of await client.updates(offset, signal)) {
        // The next request confirms what comes before its offset: it moves only after the update is stored.
        offset = takeUpdate(deps, update, { context, offset });
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

/** Hands one update over; gives the offset that confirms it. Throws when it could not be stored. */
function takeUpdate(
  { inbox, log }: TelegramDeps,
  raw: unknown,
  { context, offset }: { context: NormalizeContext; offset: number },
): number {
  const parsed = TelegramUpdate.safeParse(raw);
  if (!parsed.success) {
    inbox.quarantine('telegram', 'an update has an unknown form', JSON.stringify(raw));
    return updateIdOf(raw) ?? offset;
  }
  const event = normalize(parsed.data, context);
  if (event.kind === 'message') inbox.receive(event.chat, event.message);
  else if (event.kind === 'edited') inbox.edited(event.chatJid, event.id, event.content, event.at);
  else log.debug('telegram.update-ignored', { update: parsed.data.update_id });
  return parsed.data.update_id + 1;
}

function updateIdOf(raw: unknown): number | undefined {
  const id = typeof raw === 'object' && raw !== null && 'update_id' in raw ? raw.update_id : undefined;
  return typeof id === 'number' ? id + 1 : undefined;
}

/** A store that fails is the host's own trouble and is told as that. */
function describeFailure(error: unknown): string {
  const isOurs = error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_');
  return isOurs ? `a message could not be stored: ${describeError(error)}` : describeTelegramError(error);
}
