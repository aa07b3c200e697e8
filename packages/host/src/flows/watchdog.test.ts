import { anEngine, type EngineUnderTest, repeatingScript, until } from '@nanoclaw/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ChatJid } from '../messages/message.ts';
import { WATCHDOG_MS } from './watchdog.ts';

const MAIN = 'local:main' as ChatJid;
let under: EngineUnderTest;
beforeEach(() => {
  under = anEngine({ scriptOf: () => repeatingScript(() => 'fine') });
});
afterEach(() => under.end());

const violations = (): string[] => under.stores.invariants.list().map(({ name }) => name);

/** Two looks and what they cause. */
async function looksTwice(): Promise<void> {
  await under.clock.advance(2 * WATCHDOG_MS + 1_000);
}

test('a message whose wake-up was lost is answered all the same, and counted', async () => {
  await under.clock.advance(0);
  // The loop looks at the chat at a moment at which the group cannot be read, and does not come back to it.
  const { groups } = under.stores;
  const { find } = groups;
  groups.find = () => undefined;
  const timestamp = new Date(under.clock.now()).toISOString();
  const message = { id: 'm1', chatJid: MAIN, sender: 'ann', senderName: 'Ann', content: 'hello', timestamp };
  under.stores.messages.accept({ jid: MAIN, channel: 'local', isGroup: false }, message);
  under.engine.loop.wake();
  await under.clock.advance(0);
  groups.find = find;
  await looksTwice();
  await under.waitForTexts(1);

  expect(under.texts()).toEqual(['fine']);
  expect(violations()).toEqual(['lost-wake-up']);
});

test('a turn that nobody works on is closed and its messages are answered', async () => {
  await under.clock.advance(0);
  const seq = under.stores.messages.newestSeq();
  under.stores.turns.open(
    { id: 'turn-x', chatJid: MAIN, groupFolder: 'main', runId: 'run-x', fromSeq: seq, toSeq: seq + 1 },
    under.clock.now(),
  );
  await looksTwice();

  expect(under.stores.turns.running()).toEqual([]);
  expect(violations()).toEqual(['lost-turn']);
});

test('a text that nobody sends is sent', async () => {
  under.stores.outbox.add({ chatJid: MAIN, text: 'forgotten', origin: 'notice', now: under.clock.now() });
  await looksTwice();

  expect(under.texts()).toEqual(['forgotten']);
  expect(violations()).toEqual(['lost-delivery']);
});

test('a day of ordinary work gives it nothing to do', async () => {
  for (let hour = 0; hour < 24; hour++) {
    under.say(`hour ${hour}`);
    await until('it is answered', async () => {
      await under.clock.advance(1_000);
      return under.texts().length === hour + 1;
    });
    await under.clock.advance(40 * 60_000);
  }

  expect(violations()).toEqual([]);
}, 30_000);
