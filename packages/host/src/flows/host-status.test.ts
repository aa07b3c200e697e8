import { rmSync } from 'node:fs';
import { anEngine, type EngineUnderTest } from '@nanoclaw/testkit';
import { afterEach, expect, test } from 'vitest';
import { homePaths } from '../config/home-files.ts';
import { describeHost, type HostStatus } from './host-status.ts';

let under: EngineUnderTest;
afterEach(() => under.end());

function status(): HostStatus {
  const { engine, stores, clock } = under;
  const { liveAgents, queue, channels, health } = engine;
  const known = {
    pid: 1,
    version: '2.0.0',
    home: under.home,
    startedAt: '2026-01-01T00:00:00.000Z',
    assistantName: 'Andy',
    model: { kind: 'practice', detail: 'practice' },
    sandbox: { driver: 'bubblewrap', detail: 'a test' },
    web: null,
    database: { bytes: 1, lastBackupAt: null, lastBackupError: null },
  } as const;
  return describeHost({ ...stores, liveAgents, queue: queue.state, channels, health, now: clock.now }, known);
}

test('a host that has done nothing has nothing to tell', () => {
  under = anEngine({ scriptOf: () => async () => undefined });

  expect(status()).toMatchObject({
    channels: [{ name: 'local', isConnected: true, lastInboundAt: null, lastOutboundAt: null, lastError: null }],
    turns: {},
    outbox: {},
    quarantine: {},
    invariants: [],
    recordFailures: 0,
    tasks: { active: 0, paused: 0, due: 0, running: 0 },
  });
});

test('what passes through a channel, what was kept aside and what was mended is told', async () => {
  under = anEngine({
    scriptOf: () => async (run) => {
      run.answer('hello', 0);
      await run.next();
    },
  });
  under.say('hi');
  await under.waitForTexts(1);
  under.engine.inbox.quarantine('telegram', 'it is no update', '{}');
  under.stores.invariants.violated('lost-turn', 'turn-1', under.clock.now());

  const at = new Date(under.clock.now()).toISOString();
  expect(status()).toMatchObject({
    channels: [{ name: 'local', lastInboundAt: at, lastOutboundAt: at, lastError: null }],
    queue: { cap: 5, inUse: 1 },
    live: [{ group: 'main', phase: 'resting' }],
    turns: { done: 1 },
    outbox: { sent: 1 },
    quarantine: { platform: 1 },
    invariants: [{ name: 'lost-turn', violations: 1, lastAt: at, lastDetail: 'turn-1' }],
  });
});

test('entries of the record that could not be written are counted', async () => {
  under = anEngine({
    scriptOf: () => async (run) => {
      run.answer('hello', 0);
      await run.next();
    },
  });
  rmSync(homePaths(under.home).logs, { recursive: true });
  under.say('hi');
  await under.waitForTexts(1);

  expect(status()).toMatchObject({ recordFailures: 1 });
});

test('a send that the platform did not take is the last error of its channel', () => {
  under = anEngine({ scriptOf: () => async () => undefined });
  under.engine.health.failed('local', 'the network is down');

  expect(status().channels[0]?.lastError).toEqual({
    at: new Date(under.clock.now()).toISOString(),
    reason: 'the network is down',
  });
});
