import { createManualClock, until } from '@nanoclaw/testkit';
import { beforeEach, describe, expect, test } from 'vitest';
import { openStores } from '../app-stores.ts';
import type { Channel, OutgoingText, SendOutcome } from '../channels/channel.ts';
import { silentLog } from '../kernel/log.ts';
import type { ChatJid } from '../messages/message.ts';
import { createChannelHealth } from './channel-health.ts';
import { createDeliverer, type Deliverer } from './deliver-reply.ts';
import { MAX_SEND_PAUSE_MS, MAX_UNSENT_MS } from './send-part.ts';

const A = 'test:a' as ChatJid;
const B = 'test:b' as ChatJid;
const sent: SendOutcome = { kind: 'sent', platformId: '' };

let stores: ReturnType<typeof openStores>;
let clock: ReturnType<typeof createManualClock>;
let attempts: { at: number; chat: string; text: string }[];
let outcomeOf: (message: OutgoingText) => SendOutcome | Promise<SendOutcome>;
let deliverer: Deliverer;
let givenUp: string[];
let channelParts: Partial<Channel>;

beforeEach(() => {
  stores = openStores(':memory:');
  clock = createManualClock(0);
  attempts = [];
  givenUp = [];
  channelParts = {};
  outcomeOf = () => sent;
  for (const jid of [A, B]) stores.messages.ensureChat({ jid, channel: 'test', isGroup: false });
  deliverer = start();
});

function start(): Deliverer {
  const channel: Channel = {
    name: 'test',
    owns: () => true,
    doubt: 'neither',
    condition: () => ({ phase: 'connected' }),
    async send(message) {
      attempts.push({ at: clock.now(), chat: message.chatJid, text: message.text });
      const outcome = await outcomeOf(message);
      return outcome.kind === 'sent' ? { kind: 'sent', platformId: `p${message.outboxId}` } : outcome;
    },
    setTyping: async () => undefined,
    stop: async () => undefined,
    ...channelParts,
  };
  const onStored = (): void => undefined;
  const channelOf = (): Channel => channel;
  const onGivenUp = ({ text }: { text: string }): unknown => givenUp.push(text);
  const keptFiles = { pathOf: (key: string) => `/kept/${key}` };
  const nature = { clock, random: () => 0.5, health: createChannelHealth(clock.now), keptFiles, log: silentLog };
  return createDeliverer({ ...stores, ...nature, channelOf, assistantName: 'Andy', onStored, onGivenUp });
}

function add(chatJid: ChatJid, ...texts: string[]): void {
  for (const text of texts) stores.outbox.add({ chatJid, text, origin: 'answer', now: clock.now() });
  deliverer.wake(chatJid);
}

const textsTo = (chat: ChatJid): string[] => attempts.filter((each) => each.chat === chat).map(({ text }) => text);

describe('a question with choices', () => {
  const question = { question: 'Tea?', options: ['Yes', 'No'] };
  const seen: OutgoingText[] = [];
  const ask = async (parts: Partial<Channel>): Promise<void> => {
    seen.length = 0;
    channelParts = parts;
    deliverer = start();
    outcomeOf = (message) => {
      seen.push(message);
      return sent;
    };
    const payload = { kind: 'question', ...question } as const;
    stores.outbox.add({ chatJid: A, text: 'Tea?\n1. Yes\n2. No', payload, origin: 'tool', now: 0 });
    deliverer.wake(A);
    await deliverer.settled(A);
  };

  test('is a text with numbers for channels without buttons', async () => {
    await ask({});
    expect(seen).toMatchObject([{ text: 'Tea?\n1. Yes\n2. No' }]);
    expect(seen[0]).not.toHaveProperty('options');
  });

  test('has its buttons below the last part; the history has the numbers', async () => {
    await ask({ showsOptions: true, split: (text) => [text.slice(0, 2), text.slice(2)] });
    expect(seen.map(({ text, options }) => [text, options])).toEqual([
      ['Te', undefined],
      ['a?', ['Yes', 'No']],
    ]);
    expect(stores.messages.after(A, 0, 10)).toMatchObject([{ content: 'Tea?\n1. Yes\n2. No' }]);
  });
});

describe('texts of one chat', () => {
  test('are sent in order, one at a time, and kept in its history', async () => {
    let inFlight = 0;
    outcomeOf = async () => {
      expect(++inFlight).toBe(1);
      await Promise.resolve();
      inFlight--;
      return sent;
    };
    add(A, 'one', 'two', 'three');
    await deliverer.settled(A);

    expect(textsTo(A)).toEqual(['one', 'two', 'three']);
    const history = stores.messages.after(A, 0, 10);
    expect(history.map(({ content, isBotMessage }) => [content, isBotMessage])).toEqual([
      ['one', true],
      ['two', true],
      ['three', true],
    ]);
  });

  test('wait behind one that failed, which is tried again later and later', async () => {
    outcomeOf = () => (attempts.length < 4 ? { kind: 'retry', reason: 'down' } : sent);
    add(A, 'one', 'two');
    await clock.advance(100_000);

    expect(attempts.map(({ at, text }) => [at, text])).toEqual([
      [0, 'one'],
      [5_000, 'one'],
      [15_000, 'one'],
      [35_000, 'one'],
      [35_000, 'two'],
    ]);
  });

  test('wait as long as the platform asks for', async () => {
    outcomeOf = () => (attempts.length < 2 ? { kind: 'retry', reason: 'slow down', afterMs: 77_000 } : sent);
    add(A, 'one');
    await clock.advance(100_000);

    expect(attempts.map(({ at }) => at)).toEqual([0, 77_000]);
  });

  test('that keep failing are given up after a day, and the next ones are sent', async () => {
    outcomeOf = ({ text }) => (text === 'bad' ? { kind: 'retry', reason: 'no' } : sent);
    add(A, 'bad', 'good');
    await clock.advance(MAX_UNSENT_MS - 1);

    expect(new Set(textsTo(A))).toEqual(new Set(['bad']));
    const pauses = attempts.slice(1).map(({ at }, index) => at - attempts[index]!.at);
    expect(Math.max(...pauses)).toBe(MAX_SEND_PAUSE_MS);

    await clock.advance(MAX_SEND_PAUSE_MS);
    expect(textsTo(A).at(-1)).toBe('good');
    expect(givenUp).toEqual(['bad']);
    expect(stores.outbox.counts()).toEqual({ failed: 1, sent: 1 });
  });

  test('that the platform refuses are not tried again', async () => {
    outcomeOf = ({ text }) => (text === 'bad' ? { kind: 'refused', reason: 'blocked' } : sent);
    add(A, 'bad', 'good');
    await deliverer.settled(A);

    expect(textsTo(A)).toEqual(['bad', 'good']);
    expect(stores.outbox.counts()).toEqual({ failed: 1, sent: 1 });
  });

  test('are sent once, however often the chat is woken', async () => {
    outcomeOf = () => (attempts.length < 2 ? { kind: 'retry', reason: 'down' } : sent);
    add(A, 'one');
    for (let count = 0; count < 5; count++) {
      deliverer.wake(A);
      await clock.advance(500);
      expect(clock.sleepers()).toBe(1);
    }
    await clock.advance(60_000);

    expect(attempts.map(({ at }) => at)).toEqual([0, 5_000]);
    expect(clock.sleepers()).toBe(0);
  });
});

test('a chat that fails does not delay another', async () => {
  outcomeOf = ({ chatJid }) => (chatJid === A ? { kind: 'retry', reason: 'down' } : sent);
  add(A, 'one');
  add(B, 'two');
  await deliverer.flush();

  expect(textsTo(B)).toEqual(['two']);
  expect(clock.now()).toBe(0);
});

test('a wake-up at any moment of the end of a delivery is not lost', async () => {
  for (let turns = 0; turns < 30; turns++) {
    add(A, `first ${turns}`);
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    add(A, `second ${turns}`);
    await until('both are sent', () => stores.outbox.nextUnsent(A) === undefined);
  }

  expect(textsTo(A)).toHaveLength(60);
});

test('a channel that breaks its promise and throws is tried again', async () => {
  outcomeOf = () => {
    if (attempts.length < 2) throw new Error('bug in the channel');
    return sent;
  };
  add(A, 'one');
  await clock.advance(60_000);

  expect(stores.outbox.counts()).toEqual({ sent: 1 });
});

test('what one process has left pending is sent by the next, in order, not before it is due', async () => {
  outcomeOf = () => ({ kind: 'retry', reason: 'down' });
  add(A, 'one', 'two');
  await clock.advance(0);
  await deliverer.stop();
  outcomeOf = () => sent;
  attempts = [];
  givenUp = [];
  channelParts = {};

  deliverer = start();
  deliverer.resume();
  await clock.advance(60_000);

  expect(attempts.map(({ at, text }) => [at, text])).toEqual([
    [5_000, 'one'],
    [5_000, 'two'],
  ]);
});

test('stop waits for the send in flight and begins no other', async () => {
  let finish: (outcome: SendOutcome) => void = () => undefined;
  outcomeOf = () =>
    new Promise((resolve) => {
      finish = resolve;
    });
  add(A, 'one', 'two');
  await until('the first is under way', () => attempts.length === 1);

  let isStopped = false;
  const stopped = deliverer.stop().then(() => {
    isStopped = true;
  });
  await clock.advance(10_000);
  expect(isStopped).toBe(false);
  finish(sent);
  await stopped;

  expect(stores.outbox.counts()).toEqual({ sent: 1, pending: 1 });
});

describe('a text whose fate nobody knows', () => {
  /** As a process leaves it that dies while the platform has the text. */
  function leftInDoubt(text: string): void {
    stores.outbox.begin(stores.outbox.add({ chatJid: A, text, origin: 'answer', now: clock.now() }));
  }

  test('is sent once more where the platform can neither compare nor be asked', async () => {
    leftInDoubt('one');
    deliverer.resume();
    await deliverer.settled(A);

    expect(textsTo(A)).toEqual(['one']);
    expect(stores.outbox.counts()).toEqual({ sent: 1 });
  });

  test('is looked up where the platform can be asked, and not sent again when it is there', async () => {
    channelParts = { doubt: 'readable', findSent: async () => ({ kind: 'sent', platformId: 'p-found' }) };
    deliverer = start();
    leftInDoubt('one');
    deliverer.resume();
    await deliverer.settled(A);

    expect(textsTo(A)).toEqual([]);
    expect(stores.messages.find(A, 'p-found')?.content).toBe('one');
  });

  test('is sent when the platform says that it does not have it', async () => {
    channelParts = { doubt: 'readable', findSent: async () => ({ kind: 'absent' }) };
    deliverer = start();
    leftInDoubt('one');
    deliverer.resume();
    await deliverer.settled(A);

    expect(textsTo(A)).toEqual(['one']);
  });

  test('stays in doubt while the platform cannot be asked, and is not sent blindly', async () => {
    let isReachable = false;
    const findSent: Channel['findSent'] = async () =>
      isReachable ? { kind: 'sent', platformId: 'p-late' } : { kind: 'retry', reason: 'offline' };
    channelParts = { doubt: 'readable', findSent };
    deliverer = start();
    leftInDoubt('one');
    deliverer.resume();
    await clock.advance(60_000);
    expect(textsTo(A)).toEqual([]);

    isReachable = true;
    await clock.advance(60_000);
    expect(textsTo(A)).toEqual([]);
    expect(stores.messages.find(A, 'p-late')?.content).toBe('one');
  });

  test('comes also from a connection that broke during the send', async () => {
    channelParts = { doubt: 'readable', findSent: async () => ({ kind: 'sent', platformId: 'p-found' }) };
    deliverer = start();
    outcomeOf = () => ({ kind: 'unknown', reason: 'connection reset' });
    add(A, 'one');
    await clock.advance(60_000);

    expect(textsTo(A)).toEqual(['one']);
    expect(stores.outbox.counts()).toEqual({ sent: 1 });
  });

  test('is never in doubt where sends are repeatable: nothing is marked', async () => {
    channelParts = { doubt: 'repeatable' };
    deliverer = start();
    outcomeOf = () => ({ kind: 'unknown', reason: 'connection reset' });
    add(A, 'one');
    await clock.advance(0);
    outcomeOf = () => sent;
    await clock.advance(60_000);

    expect(textsTo(A)).toEqual(['one', 'one']);
    expect(stores.outbox.counts()).toEqual({ sent: 1 });
  });
});

describe('a text in parts', () => {
  beforeEach(() => {
    channelParts = { split: (text) => text.split('|') };
    deliverer = start();
  });

  test('is sent part by part and kept as one message', async () => {
    add(A, 'one|two|three', 'four');
    await deliverer.settled(A);

    expect(textsTo(A)).toEqual(['one', 'two', 'three', 'four']);
    expect(stores.messages.after(A, 0, 10).map(({ content }) => content)).toEqual(['one|two|three', 'four']);
  });

  test('goes on with the part that was not sent, also in another process', async () => {
    outcomeOf = ({ text }) => (text === 'two' ? { kind: 'retry', reason: 'down' } : sent);
    add(A, 'one|two|three');
    await deliverer.settled(A);
    await deliverer.stop();
    expect(textsTo(A)).toEqual(['one', 'two']);

    outcomeOf = () => sent;
    deliverer = start();
    deliverer.resume();
    await clock.advance(10_000);
    expect(textsTo(A)).toEqual(['one', 'two', 'two', 'three']);
  });
});

test('a text that was sent when the disk was full is not sent again when there is room', async () => {
  add(A, 'one');
  const { database } = stores;
  outcomeOf = () => {
    // The platform has it; from now on nothing can be stored.
    database.exec("CREATE TEMP TRIGGER full BEFORE UPDATE ON outbox BEGIN SELECT RAISE(ABORT, 'disk full'); END");
    return sent;
  };
  await deliverer.settled(A);
  expect(textsTo(A)).toEqual(['one']);

  database.exec('DROP TRIGGER full');
  await clock.advance(60_000);
  expect(textsTo(A)).toEqual(['one']);
  expect(stores.outbox.counts()).toEqual({ sent: 1 });
});
