import type { Log } from '../../kernel/log.ts';
import type { KnownChat } from '../known-chat.ts';
import type { SlackClient } from './client.ts';
import { describeSlackError } from './outcome.ts';
import type { SlackReceiver } from './receive.ts';
import { SlackEvent } from './wire.ts';

/** Most messages of one channel that are fetched after an absence. */
const MAX_MISSED = 1_000;

/** Messages of one request. */
const PAGE = 200;

export interface CatchUpDeps {
  readonly client: Pick<SlackClient, 'history'>;
  readonly receiver: Pick<SlackReceiver, 'takeMessage'>;
  readonly log: Log;
}

/**
 * Fetches what was written in a channel since its newest known message: Slack delivers events to an app that is away for
 * a short time only. Threads that are followed are the one of that message and those that began meanwhile. Rejects when
 * something could not be stored.
 */
export async function catchUp(deps: CatchUpDeps, { chatJid, newest, since }: KnownChat): Promise<void> {
  const channel = chatJid.slice('slack:'.length);
  const known = newest.filter(({ id }) => /^\d+\.\d+$/.test(id));
  const oldest =
    known
      .map(({ id }) => id)
      .sort(byTime)
      .at(-1) ?? (since / 1_000).toFixed(6);
  let missed: Record<string, unknown>[] = [];
  try {
    const inChannel = await readSince(deps, channel, { oldest });
    const threads = new Set(known.slice(0, 1).flatMap(({ thread }) => (thread === undefined ? [] : [thread])));
    for (const { ts, reply_count: replies = 0 } of inChannel) if (replies > 0) threads.add(ts);
    const inThreads = [];
    for (const thread of threads) inThreads.push(...(await readSince(deps, channel, { oldest, thread })));
    missed = [...inChannel, ...inThreads];
  } catch (error) {
    deps.log.warn('channel.not-caught-up', { chat: chatJid, reason: describeSlackError(error) });
  }
  const events = missed
    .map((message) => SlackEvent.safeParse({ type: 'message', ...message, channel }).data)
    .filter((event) => event !== undefined && event.ts > oldest)
    .sort((one, other) => byTime(one?.ts ?? '', other?.ts ?? ''));
  for (const event of events) if (event !== undefined) await deps.receiver.takeMessage(event);
  if (events.length > 0) deps.log.info('channel.caught-up', { chat: chatJid, messages: events.length });
}

async function readSince(
  { client }: CatchUpDeps,
  channel: string,
  { oldest, thread }: { oldest: string; thread?: string },
): Promise<Awaited<ReturnType<SlackClient['history']>>['messages']> {
  const found = [];
  let cursor: string | undefined;
  do {
    const page = await client.history(channel, { oldest, limit: PAGE, cursor, thread });
    found.push(...page.messages);
    cursor = page.response_metadata?.next_cursor || undefined;
  } while (cursor !== undefined && found.length < MAX_MISSED);
  return found;
}

/** Slack's times are numbers of seconds with six digits behind the point, as long as each other. */
function byTime(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
