import type { Channel, SendOutcome } from '../channels/channel.ts';
import type { GroupStore } from '../groups/group-store.ts';
import { cappedRetryDelayMs } from '../kernel/backoff.ts';
import type { Clock } from '../kernel/clock.ts';
import { assertNever } from '../kernel/errors.ts';
import { failpoint } from '../kernel/failpoints.ts';
import type { Log } from '../kernel/log.ts';
import type { ChatJid, StoredMessage } from '../messages/message.ts';
import type { MessageStore } from '../messages/message-store.ts';
import type { OutboxRow, OutboxStore } from '../messages/outbox-store.ts';
import type { Database } from '../store/open-store.ts';
import type { Recorder } from '../store/record-files.ts';
import type { ChannelHealth } from './channel-health.ts';
import { filesOf, type Outgoing, type OutgoingDeps, outgoingContent } from './outgoing-content.ts';

/** How long a text is tried before it is given up and counted as failed, in milliseconds: a day without network. */
export const MAX_UNSENT_MS = 24 * 60 * 60_000;

/** Longest pause between two attempts at one text, in milliseconds. */
export const MAX_SEND_PAUSE_MS = 5 * 60_000;

export interface SendDeps extends OutgoingDeps {
  readonly database: Database;
  readonly outbox: OutboxStore;
  readonly messages: MessageStore;
  readonly channelOf: (chatJid: ChatJid) => Channel | undefined;
  readonly assistantName: string;
  readonly groups: Pick<GroupStore, 'find'>;
  readonly record: Recorder;
  readonly health: Pick<ChannelHealth, 'sent' | 'failed'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly random: () => number;
  readonly onStored: (message: StoredMessage) => void;
  /** A text was given up. */
  readonly onGivenUp: (row: OutboxRow, reason: string) => void;
  readonly log: Log;
}

type Fate = SendOutcome | { kind: 'absent' };

/**
 * Gives the function that sends the next part of a row and stores what became of it. A part that was begun earlier
 * without an end is in doubt, and what the channel can do about that is done first (design: reliability, "Outbox").
 * When the store fails after the send (a full disk), what became of it is kept in memory: the next call stores it and
 * sends nothing.
 */
export function createPartSender(deps: SendDeps): (row: OutboxRow) => Promise<void> {
  const known = new Map<number, SendOutcome>();
  return async (row) => {
    await deliverPart(deps, row, known);
    known.delete(row.id);
  };
}

async function deliverPart(deps: SendDeps, row: OutboxRow, known: Map<number, SendOutcome>): Promise<void> {
  const channel = deps.channelOf(row.chatJid);
  if (channel === undefined) {
    settle(deps, row, { isLast: true, fate: { kind: 'retry', reason: 'no channel of this build owns the chat' } });
    return;
  }
  const content = outgoingContent(deps, row, channel);
  const fate = known.get(row.id) ?? (await resolve(deps, { channel, content, isInDoubt: row.state === 'sending' }));
  known.set(row.id, fate);
  if (fate.kind === 'sent') deps.health.sent(channel.name);
  else deps.health.failed(channel.name, fate.reason);
  settle(deps, row, { isLast: content.isLast, fate, channel: channel.name });
  failpoint('send-settled');
}

async function resolve(
  deps: SendDeps,
  { channel, content, isInDoubt }: { channel: Channel; content: Outgoing; isInDoubt: boolean },
): Promise<SendOutcome> {
  const { message } = content;
  const facts = { chat: message.chatJid, outbox: message.outboxId, part: message.part, channel: channel.name };
  if (isInDoubt && channel.findSent && content.kind === 'text') {
    const found: Fate = await channel.findSent(message);
    deps.log.info('message.doubt-resolved', { ...facts, fate: found.kind });
    // That the platform cannot be asked now says nothing about the send: it stays in doubt.
    if (found.kind === 'retry') return { kind: 'unknown', reason: found.reason };
    if (found.kind !== 'absent') return found;
  } else if (isInDoubt && channel.doubt !== 'repeatable' && content.kind !== 'reaction') {
    deps.log.warn('message.sent-again', facts);
  }
  if (channel.doubt !== 'repeatable') deps.outbox.begin(message.outboxId);
  failpoint('send-marked');
  const outcome = await content.send();
  failpoint('send-returned');
  return outcome;
}

function settle(
  deps: SendDeps,
  row: OutboxRow,
  { isLast, fate, channel }: { isLast: boolean; fate: SendOutcome; channel?: string },
): void {
  const facts = { chat: row.chatJid, outbox: row.id, channel };
  switch (fate.kind) {
    case 'sent':
      if (isLast) {
        markSent(deps, row, fate.platformId);
        record(deps, row, { platformId: fate.platformId });
      } else deps.outbox.partSent(row.id, fate.platformId);
      deps.log.debug('message.sent', { ...facts, isLast });
      return;
    case 'refused':
      giveUp(deps, row, fate.reason);
      return;
    case 'retry':
    case 'unknown':
      if (deps.clock.now() - row.createdAt >= MAX_UNSENT_MS) giveUp(deps, row, fate.reason);
      else postpone(deps, row, fate);
      return;
    default:
      assertNever(fate);
  }
}

function postpone(deps: SendDeps, row: OutboxRow, fate: Extract<SendOutcome, { kind: 'retry' | 'unknown' }>): void {
  const attempt = row.attempts + 1;
  const askedMs = fate.kind === 'retry' ? fate.afterMs : undefined;
  const ms = askedMs ?? cappedRetryDelayMs(attempt, deps.random(), MAX_SEND_PAUSE_MS);
  const at = deps.clock.now() + ms;
  if (fate.kind === 'unknown') deps.outbox.postponeInDoubt(row.id, fate.reason, at);
  else deps.outbox.postpone(row.id, fate.reason, at);
  deps.log.warn('message.postponed', { chat: row.chatJid, outbox: row.id, attempt, ms, reason: fate.reason });
}

function giveUp(deps: SendDeps, row: OutboxRow, reason: string): void {
  deps.outbox.markFailed(row.id, reason);
  deps.log.error('message.not-sent', { chat: row.chatJid, outbox: row.id, attempts: row.attempts + 1, reason });
  record(deps, row, { refused: reason });
  deps.onGivenUp(row, reason);
}

/** Who was told something, and how much; what it was is in the chat's history. */
function record({ record: recorder, groups, clock }: SendDeps, row: OutboxRow, outcome: Record<string, string>): void {
  const detail = { chat: row.chatJid, outbox: row.id, chars: row.text.length, ...outcome };
  const group = groups.find(row.chatJid)?.folder ?? row.chatJid;
  recorder.add({ kind: 'send', group, detail, now: clock.now() });
}

/** The sent mark and the message in the chat's history are one transaction: both or neither. */
function markSent(deps: SendDeps, row: OutboxRow, platformId: string): void {
  const now = deps.clock.now();
  const stored = deps.database.transaction(() => {
    deps.outbox.markSent(row.id, platformId, now);
    if (row.payload?.kind === 'reaction') return undefined;
    const senderName = row.sender ?? deps.assistantName;
    const timestamp = new Date(now).toISOString();
    const id = row.platformId ?? platformId;
    return deps.messages.insert(
      {
        id,
        chatJid: row.chatJid,
        sender: 'assistant',
        senderName,
        content: row.text,
        timestamp,
        ...(row.answers?.thread === undefined ? {} : { thread: row.answers.thread }),
        ...filesOf(deps, row),
      },
      { from: 'assistant' },
    );
  })();
  if (stored) deps.onStored(stored);
}
