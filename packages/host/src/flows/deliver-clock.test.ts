import { createManualClock } from '@nanoclaw/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStores, type Stores } from '../app-stores.ts';
import type { Channel } from '../channels/channel.ts';
import { silentLog } from '../kernel/log.ts';
import type { ChatJid } from '../messages/message.ts';
import { createChannelHealth } from './channel-health.ts';
import { createDeliverer, type Deliverer } from './deliver-reply.ts';
import { MAX_SEND_PAUSE_MS } from './send-part.ts';

/* Times in the outbox are wall-clock times, and somebody may set the clock back by any amount at any moment. */

const CHAT = 'test:a' as ChatJid;
const HOUR_MS = 3_600_000;

let stores: Stores;
let clock: ReturnType<typeof createManualClock>;
let attempts: number;
let isDown: boolean;
let deliverer: Deliverer;

beforeEach(() => {
  stores = openStores(':memory:');
  clock = createManualClock();
  attempts = 0;
  isDown = false;
  stores.messages.ensureChat({ jid: CHAT, channel: 'test', isGroup: false });
  deliverer = start();
});
afterEach(() => deliverer.stop());

function start(): Deliverer {
  const channel: Channel = {
    name: 'test',
    owns: () => true,
    doubt: 'neither',
    condition: () => ({ phase: 'connected' }),
    async send({ outboxId }) {
      attempts++;
      return isDown ? { kind: 'retry', reason: 'down' } : { kind: 'sent', platformId: `p${outboxId}` };
    },
    setTyping: async () => undefined,
    stop: async () => undefined,
  };
  const told = { onStored: () => undefined, onGivenUp: () => undefined, health: createChannelHealth(clock.now) };
  const nature = { clock, random: () => 0.5, log: silentLog, keptFiles: { pathOf: (key: string) => key } };
  return createDeliverer({ ...stores, ...nature, ...told, channelOf: () => channel, assistantName: 'Andy' });
}

const say = (): unknown => stores.outbox.add({ chatJid: CHAT, text: 'hello', origin: 'answer', now: clock.now() });
const states = (): Record<string, number> => stores.outbox.counts();

test('a text that was stored before the clock went back is sent at once', async () => {
  say();
  clock.setBack(HOUR_MS);
  deliverer.wake(CHAT);
  await clock.advance(0);

  expect(states()).toEqual({ sent: 1 });
});

test('a pause takes as long as it was meant to, whatever the clock says in the end', async () => {
  isDown = true;
  say();
  deliverer.wake(CHAT);
  await clock.advance(0);
  isDown = false;
  clock.setBack(24 * HOUR_MS);
  await clock.advance(5_000);

  expect(states()).toEqual({ sent: 1 });
});

test('a host that starts after the clock went back waits no longer than between two attempts', async () => {
  isDown = true;
  say();
  deliverer.wake(CHAT);
  await clock.advance(0);
  await deliverer.stop();
  clock.setBack(HOUR_MS);
  isDown = false;
  deliverer = start();
  deliverer.resume();
  await clock.advance(MAX_SEND_PAUSE_MS);

  expect(states()).toEqual({ sent: 1 });
});

test('a text from the future that cannot be sent is not tried without a pause', async () => {
  isDown = true;
  say();
  clock.setBack(HOUR_MS);
  deliverer.wake(CHAT);
  await clock.advance(MAX_SEND_PAUSE_MS);

  expect(attempts).toBeGreaterThan(1);
  expect(attempts).toBeLessThan(10);
});
