import type { Log } from '../../kernel/log.ts';
import type { KnownChat } from '../known-chat.ts';
import type { DiscordClient } from './client.ts';
import { snowflakeAt } from './normalize.ts';
import { describeDiscordError } from './outcome.ts';
import type { DiscordReceiver } from './receive.ts';
import { DiscordMessage } from './wire.ts';

/** Messages of one request, and most of one channel that are fetched after an absence. */
const PAGE = 100;
const MAX_MISSED = 1_000;

export interface CatchUpDeps {
  readonly client: Pick<DiscordClient, 'messagesAfter'>;
  readonly receiver: Pick<DiscordReceiver, 'takeMessage'>;
  readonly log: Log;
}

/** Fetches what was written in a channel since its newest known message: a new session begins without it. */
export async function catchUp(deps: CatchUpDeps, { chatJid, newest, since }: KnownChat): Promise<void> {
  const channel = chatJid.slice('dc:'.length);
  const known = newest.filter(({ id }) => /^\d+$/.test(id)).map(({ id }) => BigInt(id));
  let after = known.sort((one, other) => (one < other ? -1 : 1)).at(-1) ?? snowflakeAt(since);
  let count = 0;
  for (let page = PAGE; page === PAGE && count < MAX_MISSED; ) {
    let missed: DiscordMessage[];
    try {
      const found = await deps.client.messagesAfter(channel, String(after), PAGE);
      page = found.length;
      missed = found.flatMap((message) => DiscordMessage.safeParse(message).data ?? []).sort(byId);
    } catch (error) {
      deps.log.warn('channel.not-caught-up', { chat: chatJid, reason: describeDiscordError(error) });
      return;
    }
    for (const message of missed) await deps.receiver.takeMessage(message);
    after = BigInt(missed.at(-1)?.id ?? after);
    count += missed.length;
  }
  if (count > 0) deps.log.info('channel.caught-up', { chat: chatJid, messages: count });
}

function byId(one: DiscordMessage, other: DiscordMessage): number {
  const [a, b] = [BigInt(one.id), BigInt(other.id)];
  return a < b ? -1 : Number(a > b);
}
