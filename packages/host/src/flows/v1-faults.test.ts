import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { anEngine, type EngineUnderTest, type RunScript, repeatingScript, until } from '@nanoclaw/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Channel, OutgoingText, SendOutcome } from '../channels/channel.ts';
import type { ChatJid } from '../messages/message.ts';

/*
 * Faults that v1 was known for, through the whole message path. Each is named in test/tidy/v1-faults.test.ts, together
 * with those that have their tests where the part is that they were faults of.
 */

let under: EngineUnderTest;
/** What the platform does with a send. */
let send: (message: OutgoingText) => Promise<SendOutcome>;
let shown: string[];
beforeEach(() => {
  shown = [];
  send = async () => ({ kind: 'sent', platformId: 'p' });
});
afterEach(() => under.end());

const away: Channel = {
  name: 'away',
  doubt: 'repeatable',
  owns: (chatJid) => chatJid.startsWith('away:'),
  condition: () => ({ phase: 'down', reason: 'it never connected' }),
  async send(message) {
    const outcome = await send(message);
    if (outcome.kind === 'sent') shown.push(message.text);
    return outcome;
  },
  setTyping: async () => undefined,
  stop: async () => undefined,
};

const echo: RunScript = repeatingScript((prompt) => (prompt.match(/word\d/g) ?? []).join(' '));
const start = (scriptOf: (run: number) => RunScript, home?: string): void => {
  under = anEngine({ scriptOf, channels: [() => away], ...(home === undefined ? {} : { home }) });
};

let count = 0;
function hear(content: string, chat: string): void {
  const chatJid = chat as ChatJid;
  const timestamp = new Date(under.clock.now()).toISOString();
  const message = { id: `m${count++}`, chatJid, sender: 'ann', senderName: 'Ann', content, timestamp };
  under.engine.inbox.receive({ jid: chatJid, channel: 'away', isGroup: true }, message);
}
async function advanceUntil(what: string, look: () => boolean): Promise<void> {
  await until(what, async () => {
    await under.clock.advance(1_000);
    return look();
  });
}

test('v1: cursor saved before the work is done, so a crash loses the turn', async () => {
  start(() => async (run) => {
    await until('it is ended', () => run.isStopped());
  });
  under.say('word1');
  await until('the agent works on it', () => under.driver.live() === 1);
  const { home } = under;
  await under.crash();
  start(() => echo, home);

  expect(await under.waitForTexts(1)).toEqual(['word1']);
});

test('v1: fallback re-sends a consumed batch', async () => {
  start(() => echo);
  under.say('word1');
  await under.waitForTexts(1);
  under.say('word2');
  await under.waitForTexts(2);
  under.engine.loop.reconsider('local:main' as ChatJid);
  await under.clock.advance(60_000);

  expect(under.texts()).toEqual(['word1', 'word2']);
});

describe('a chat that nothing can be sent to', () => {
  test('v1: failed sends counted as sent', async () => {
    start(() => echo);
    const chat = under.register('friends', { prefix: 'away' });
    send = async () => ({ kind: 'retry', reason: 'no network' });
    hear('word1', chat);
    await advanceUntil('it was tried', () => under.log.some(({ event }) => event === 'message.postponed'));
    expect(under.stores.outbox.counts()).toEqual({ pending: 1 });

    send = async () => ({ kind: 'sent', platformId: 'p' });
    await advanceUntil('it is sent', () => shown.length > 0);
    expect(shown).toEqual(['word1']);
  });

  test('v1: one failed send leaves a group stuck until restart', async () => {
    start(() => echo);
    const chat = under.register('friends', { prefix: 'away' });
    send = async ({ text }) =>
      text === 'word1' ? { kind: 'refused', reason: 'not allowed' } : { kind: 'sent', platformId: 'p' };
    hear('word1', chat);
    await advanceUntil('it is given up', () => under.stores.outbox.counts()['failed'] === 1);
    hear('word2', chat);
    await advanceUntil('the next one is sent', () => shown.length > 0);

    expect(shown).toEqual(['word2']);
  });

  test('beside healthy ones delays none of them', async () => {
    start(() => echo);
    const chat = under.register('friends', { prefix: 'away' });
    send = async () => ({ kind: 'retry', reason: 'no network' });
    for (let message = 0; message < 5; message++) hear('word1', chat);
    under.say('word2');
    await advanceUntil('the healthy chat has its answer', () => under.texts().length === 1);

    expect(shown).toEqual([]);
  });
});

test('v1: one slow send blocks every group’s IPC', async () => {
  start(() => async (run) => {
    const document = JSON.stringify({ type: 'message', id: 'r1', chatJid: run.input.chatJid, text: 'on my way' });
    writeFileSync(join(run.mailbox, 'messages', '.r1'), document);
    renameSync(join(run.mailbox, 'messages', '.r1'), join(run.mailbox, 'messages', 'r1.json'));
    await run.next();
  });
  const chat = under.register('friends', { prefix: 'away' });
  let isTaken = (): void => undefined;
  send = () => new Promise((resolve) => (isTaken = () => resolve({ kind: 'sent', platformId: 'p' })));
  hear('word1', chat);
  await advanceUntil('the slow send has begun', () => under.stores.outbox.countUnsent(chat as ChatJid) === 1);
  under.say('word2');
  await advanceUntil('the other group has been heard', () => under.texts().includes('on my way'));
  isTaken();
});

test('v1: one channel that fails to connect stops the process', async () => {
  start(() => echo);
  under.say('word1');

  expect(await under.waitForTexts(1)).toEqual(['word1']);
  expect(under.engine.channels.map((channel) => channel.condition().phase)).toEqual(['connected', 'down']);
});

test('v1: two seconds of polling before anything happens', async () => {
  start(() => echo);
  await under.clock.advance(0);
  const before = under.clock.now();
  under.say('word1');

  // The clock stands still: nobody slept before the answer.
  expect(await under.waitForTexts(1)).toEqual(['word1']);
  expect(under.clock.now()).toBe(before);
});

test('v1: failures are silent for the user', async () => {
  start(() => async () => ({ kind: 'exited', code: 1 }));
  under.say('word1');
  await advanceUntil('the chat is told', () => under.texts().length > 0);

  expect(under.texts()).toEqual([expect.stringMatching(/^I could not answer: my sandbox ended before I was done/)]);
});
