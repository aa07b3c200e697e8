import type { z } from 'zod';
import { cappedRetryDelayMs } from '../../kernel/backoff.ts';
import type { Clock } from '../../kernel/clock.ts';
import { describeError } from '../../kernel/errors.ts';
import type { Log } from '../../kernel/log.ts';
import type { ChatJid } from '../../messages/message.ts';
import type { ChannelCondition, Inbox } from '../channel.ts';
import { withFiles } from '../inbound-files.ts';
import { createOrderedWork } from '../ordered-work.ts';
import type { DiscordClient } from './client.ts';
import type { DiscordNames } from './names.ts';
import {
  chatJidOf,
  contentOf,
  isoTime,
  type NormalizeContext,
  type NormalizedMessage,
  normalize,
  normalizePress,
} from './normalize.ts';
import { DiscordDeletion, DiscordMessage, DiscordPress } from './wire.ts';

/** Longest pause between two attempts to store something, in milliseconds. */
const MAX_STORE_PAUSE_MS = 30_000;

export interface ReceiveDeps {
  readonly inbox: Inbox;
  readonly triggerOf: (chatJid: ChatJid) => string;
  readonly client: DiscordClient;
  readonly names: DiscordNames;
  readonly onCondition: (condition: ChannelCondition) => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
  readonly log: Log;
}

export type DiscordReceiver = ReturnType<typeof createDiscordReceiver>;

/**
 * Hands over what the gateway tells, in order within a channel. Discord does not wait for an answer, so what cannot be
 * stored is tried until it can, and what comes after it in its channel waits.
 */
export function createDiscordReceiver(deps: ReceiveDeps) {
  const { inbox, names, client } = deps;
  const work = createOrderedWork();
  const context = (): NormalizeContext => ({
    botUser: names.botUser(),
    botRoles: names.botRoles,
    triggerOf: deps.triggerOf,
    channelName: names.channelName,
  });

  async function takeMessage(source: DiscordMessage): Promise<void> {
    await names.learn(source.channel_id, source.guild_id);
    await hand(normalize(source, context()));
  }

  async function hand(told: NormalizedMessage | undefined): Promise<void> {
    if (told === undefined) return;
    const files = told.files.map((file, index) => ({
      index,
      name: file.filename,
      bytes: file.size,
      fetch: (signal: AbortSignal) => client.fetchFile(file.url, signal),
    }));
    const message = await withFiles(deps, told.message, files);
    if (!deps.signal.aborted) inbox.receive(told.chat, message);
  }

  async function takeEdit(source: DiscordMessage): Promise<void> {
    const { edited_timestamp: at, author, id, channel_id } = source;
    // Discord changes messages by itself, too, when it shows what a link leads to.
    if (at === null || at === undefined || author.bot === true) return;
    const chatJid = chatJidOf(channel_id);
    const attachments = normalize(source, context())?.message.attachments ?? [];
    inbox.edited(chatJid, id, contentOf(source, attachments, { ...context(), chatJid }), isoTime(at));
  }

  async function takePress(press: DiscordPress): Promise<void> {
    await names.learn(press.channel_id, press.guild_id);
    const told = normalizePress(press, context());
    await hand(told);
    const chosen = `${press.message.content}\n\u2713 ${told?.message.content ?? ''}`;
    // The buttons go once one is pressed; that they stay harms nobody.
    await client.replaceButtons(press, chosen).catch(() => undefined);
  }

  async function untilStored(task: () => Promise<void>): Promise<void> {
    for (let failures = 1; !deps.signal.aborted; failures++) {
      try {
        await task();
        if (failures > 1) deps.onCondition({ phase: 'connected' });
        return;
      } catch (error) {
        const reason = `a message could not be stored: ${describeError(error)}`;
        deps.onCondition({ phase: 'down', reason });
        deps.log.error('channel.not-stored', { channel: 'discord', failures, reason });
        await deps.clock.sleep(cappedRetryDelayMs(failures, deps.random(), MAX_STORE_PAUSE_MS), deps.signal);
      }
    }
  }

  function inOrder(channel: string, task: () => Promise<void>): void {
    void work.add(channel, () => untilStored(task));
  }

  return {
    /** Takes one packet; what it is not about is left alone. */
    take({ t, d }: { readonly t: string; readonly d: unknown }): void {
      const reader = READERS[t];
      if (reader === undefined) return;
      const { data, error } = reader.safeParse(d);
      if (error !== undefined) {
        // Other interactions than presses have other forms, and nobody here asks for them.
        if (t !== 'INTERACTION_CREATE') inbox.quarantine('discord', `${t} has an unknown form`, JSON.stringify(d));
        return;
      }
      inOrder(data.channel_id, () => {
        if (t === 'MESSAGE_CREATE') return takeMessage(data as DiscordMessage);
        if (t === 'MESSAGE_UPDATE') return takeEdit(data as DiscordMessage);
        if (t === 'INTERACTION_CREATE') return takePress(data as DiscordPress);
        return takeDeletion(deps, data as Deletion);
      });
    },
    inOrder,
    takeMessage,
    settled: work.settled,
  };
}

type Deletion = z.infer<typeof DiscordDeletion>;

async function takeDeletion({ inbox, clock }: ReceiveDeps, { id, ids = [], channel_id }: Deletion): Promise<void> {
  const at = new Date(clock.now()).toISOString();
  for (const gone of id === undefined ? ids : [id]) inbox.deleted(chatJidOf(channel_id), gone, at);
}

const READERS: Readonly<
  Record<string, typeof DiscordMessage | typeof DiscordDeletion | typeof DiscordPress | undefined>
> = {
  MESSAGE_CREATE: DiscordMessage,
  MESSAGE_UPDATE: DiscordMessage,
  MESSAGE_DELETE: DiscordDeletion,
  MESSAGE_DELETE_BULK: DiscordDeletion,
  INTERACTION_CREATE: DiscordPress,
};
