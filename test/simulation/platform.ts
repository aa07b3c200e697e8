import type { Channel, DoubtPolicy, Inbox, OutgoingText, SendOutcome } from '@nanoclaw/host/channels/channel.js';
import type { Clock } from '@nanoclaw/host/kernel/clock.js';
import type { ChatJid } from '@nanoclaw/host/messages/message.js';
import type { Chance } from './chance.ts';

/** A message that a person wrote. `ackedBy` counts hosts (epochs) that have taken it. */
export interface Written {
  readonly id: string;
  readonly chatJid: ChatJid;
  content: string;
  readonly sender: string;
  readonly timestamp: string;
  isTaken: boolean;
}

/** A text that the platform shows. */
export interface Shown {
  readonly chatJid: ChatJid;
  readonly outboxId: number;
  readonly text: string;
}

/** What the platform does to the next requests. */
export interface Weather {
  /** Probability that a send goes wrong. */
  trouble: number;
}

/** One chat platform as it really is: it outlives every host, forgets nothing and is the witness of what was said. */
export interface Platform {
  readonly prefix: string;
  readonly written: Written[];
  readonly shown: Shown[];
  readonly weather: Weather;
  /** Texts whose send was once in doubt: only these may be shown twice, and only where nothing can compare. */
  readonly doubtful: Set<number>;
  /** Hands what is not taken to the host, in any order, some of it again. */
  deliver(inbox: Inbox): void;
  channel(options: { clock: Clock; isDead: () => boolean }): Channel;
}

export function createPlatform(prefix: string, doubt: DoubtPolicy, chance: Chance): Platform {
  const written: Written[] = [];
  const shown: Shown[] = [];
  const doubtful = new Set<number>();
  const weather: Weather = { trouble: 0 };
  const keyOf = ({ outboxId, part }: OutgoingText): string => `${outboxId}.${part}`;
  const taken = new Map<string, string>();

  function take(message: OutgoingText): string {
    const key = keyOf(message);
    const known = taken.get(key);
    if (known !== undefined && doubt === 'repeatable') return known;
    const platformId = `${prefix}-${shown.length}`;
    shown.push({ chatJid: message.chatJid, outboxId: message.outboxId, text: message.text });
    taken.set(key, platformId);
    return platformId;
  }

  async function send(message: OutgoingText, clock: Clock, isDead: () => boolean): Promise<SendOutcome> {
    if (isDead()) return new Promise(() => undefined);
    if (message.chatJid.endsWith(':dead')) return { kind: 'retry', reason: 'the chat is out of reach' };
    if (chance.is(0.3)) await clock.sleep(chance.between(1, 3_000));
    if (isDead()) return new Promise(() => undefined);
    if (!chance.is(weather.trouble)) {
      const platformId = take(message);
      if (chance.is(0.3)) await clock.sleep(chance.between(1, 1_000));
      return { kind: 'sent', platformId };
    }
    const kind = chance.pick(['retry', 'retry-after', 'lost', 'answer-lost'] as const);
    if (kind === 'answer-lost') take(message);
    if (kind === 'answer-lost' || kind === 'lost') {
      doubtful.add(message.outboxId);
      return { kind: 'unknown', reason: 'the connection broke' };
    }
    return { kind: 'retry', reason: 'busy', ...(kind === 'retry-after' ? { afterMs: chance.between(1, 30_000) } : {}) };
  }

  return {
    prefix,
    written,
    shown,
    weather,
    doubtful,
    deliver(inbox) {
      const waiting = written.filter((message) => !message.isTaken || chance.is(0.03));
      const order = waiting.map((message) => ({ message, at: chance.next() })).sort((a, b) => a.at - b.at);
      for (const { message } of order) {
        try {
          handOver(inbox, message);
          message.isTaken = true;
        } catch {
          // Not acknowledged, so it comes again.
        }
      }
    },
    channel: ({ clock, isDead }) => ({
      name: prefix,
      doubt,
      owns: (chatJid) => chatJid.startsWith(`${prefix}:`),
      condition: () => ({ phase: 'connected' }),
      split: (text) => text.split('|'),
      send: (message) => send(message, clock, isDead),
      ...(doubt === 'readable' ? { findSent: async (message: OutgoingText) => find(message, isDead) } : {}),
      setTyping: async () => undefined,
      stop: async () => undefined,
    }),
  };

  async function find(message: OutgoingText, isDead: () => boolean): Promise<SendOutcome | { kind: 'absent' }> {
    if (isDead()) return new Promise(() => undefined);
    if (chance.is(weather.trouble)) return { kind: 'retry', reason: 'offline' };
    const platformId = taken.get(keyOf(message));
    return platformId === undefined ? { kind: 'absent' } : { kind: 'sent', platformId };
  }
}

function handOver(inbox: Inbox, { chatJid, id, sender, content, timestamp }: Written): void {
  const chat = { jid: chatJid, name: chatJid, channel: 'sim', isGroup: true };
  inbox.receive(chat, { id, chatJid, sender, senderName: sender, content, timestamp });
}
