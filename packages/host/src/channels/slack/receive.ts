import type { Log } from '../../kernel/log.ts';
import type { ChatJid } from '../../messages/message.ts';
import { createBoundedMap } from '../bounded-map.ts';
import type { Inbox } from '../channel.ts';
import { withFiles } from '../inbound-files.ts';
import { createOrderedWork } from '../ordered-work.ts';
import type { SlackClient } from './client.ts';
import type { SlackDelivery } from './connection.ts';
import type { SlackNames } from './names.ts';
import { type NormalizeContext, type Normalized, normalize, normalizePress } from './normalize.ts';
import { usersIn } from './read-text.ts';
import { SlackEnvelope, SlackEvent, SlackPress } from './wire.ts';

/** Most messages that are remembered as stored, so that what comes twice is looked at once. */
const MAX_SEEN = 5_000;

export interface ReceiveDeps {
  readonly inbox: Inbox;
  readonly triggerOf: (chatJid: ChatJid) => string;
  readonly client: SlackClient;
  readonly names: SlackNames;
  readonly botUser: () => string;
  /** Somebody has written there: where the assistant is seen typing. */
  readonly onPlace: (chatJid: ChatJid, thread: string) => void;
  readonly signal: AbortSignal;
  readonly log: Log;
}

export type SlackReceiver = ReturnType<typeof createSlackReceiver>;

/** Hands over what comes from Slack, in order within a channel. A mention comes twice and is stored once. */
export function createSlackReceiver(deps: ReceiveDeps) {
  const work = createOrderedWork();
  const seen = createBoundedMap<string, true>(MAX_SEEN);

  /** A message, from the socket or from the history. Rejects when it could not be stored. */
  async function takeMessage(event: SlackEvent): Promise<void> {
    const key = `${event.channel} ${event.ts} ${event.subtype ?? ''}`;
    if (isSeen(event, key)) return;
    const written = event.message ?? event;
    const context = await contextOf(event.channel, [...usersIn(written.text ?? ''), ...idOf(written.user)]);
    const told = normalize(event, context);
    await hand(told);
    seen.set(key, true);
  }

  function isSeen(event: SlackEvent, key: string): boolean {
    // Changes are told in full each time; the newest counts.
    return event.subtype !== 'message_changed' && seen.has(key);
  }

  async function takePress(press: SlackPress): Promise<void> {
    const told = normalizePress(press, await contextOf(press.channel.id, [press.user.id]));
    await hand(told);
    const { text = '', ts } = press.message;
    const chosen = `${text}\n\u2713 ${told.message.content}`;
    // The buttons go once one is pressed; that they stay harms nobody.
    await deps.client.replaceButtons(press.channel.id, ts, chosen).catch(() => undefined);
  }

  async function contextOf(channel: string, users: readonly string[]): Promise<NormalizeContext> {
    const [nameOf, channelName] = await Promise.all([deps.names.users(users), deps.names.channel(channel)]);
    return { botUser: deps.botUser(), triggerOf: deps.triggerOf, nameOf, channelName };
  }

  async function hand(told: Normalized): Promise<void> {
    const { inbox, client } = deps;
    if (told.kind === 'edited') inbox.edited(told.chatJid, told.id, told.content, told.at);
    else if (told.kind === 'deleted') inbox.deleted(told.chatJid, told.id, told.at);
    else if (told.kind === 'message') {
      const files = told.files.map((file, index) => ({
        index,
        name: file.name ?? 'file',
        bytes: file.size ?? 0,
        fetch: (signal: AbortSignal) => client.fetchFile(file, signal),
      }));
      const message = await withFiles(deps, told.message, files);
      if (deps.signal.aborted) throw new Error('the channel is stopping');
      // A private chat is called by who is in it.
      inbox.receive(told.chat.isGroup ? told.chat : { ...told.chat, name: message.senderName }, message);
      deps.onPlace(message.chatJid, message.thread ?? message.id);
    }
  }

  async function takeUnknown(reason: string, body: unknown): Promise<void> {
    deps.inbox.quarantine('slack', reason, JSON.stringify(body));
  }

  /** Rejects when it could not be stored; acknowledges it otherwise. */
  async function take({ type, body, ack }: SlackDelivery): Promise<void> {
    const { key, task } = readDelivery(type, body);
    await work.add(key, task);
    // An acknowledgement that is lost brings the same again, which is seen.
    await ack().catch(() => undefined);
  }

  function readDelivery(type: string, body: unknown): { key: string; task: () => Promise<void> } {
    const nothing = { key: '', task: async () => undefined };
    const envelope = SlackEnvelope.safeParse({ type, body });
    if (!envelope.success) return { key: '', task: () => takeUnknown('an envelope has an unknown form', body) };
    if (type === 'interactive') {
      const press = SlackPress.safeParse(body);
      return press.success ? { key: press.data.channel.id, task: () => takePress(press.data) } : nothing;
    }
    const raw = envelope.data.body.event;
    if (raw?.type !== 'message' && raw?.type !== 'app_mention') return nothing;
    const event = SlackEvent.safeParse(raw);
    if (!event.success) return { key: '', task: () => takeUnknown('an event has an unknown form', raw) };
    return { key: event.data.channel, task: () => takeMessage(event.data) };
  }

  return {
    take,
    /** Puts work of a channel in its order: what comes over the socket meanwhile waits for it. */
    inOrder: work.add,
    takeMessage,
    settled: work.settled,
  };
}

function idOf(user: string | undefined): string[] {
  return user === undefined ? [] : [user];
}
