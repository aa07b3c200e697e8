import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FailpointName } from '@nanoclaw/host/kernel/failpoints.js';
import { until } from '@nanoclaw/testkit';
import { type Chance, createChance } from '../simulation/chance.ts';
import { PLACES } from '../simulation/places.ts';
import { makeFirstHome } from './first-home.ts';
import { countUnsent, type HostChild, readOutbox, startHostChild } from './host-child.ts';
import { createPeople } from './people.ts';
import { type CrashPlatform, PLATFORMS } from './platform.ts';
import { judge, type Result, type SentText } from './witness.ts';

/** How one process of the host ends: at a place in the code, or at a moment. */
export type Kill = { at: FailpointName; pass: number } | { afterMs: number };

/** Chats that people write in; the numbers are Telegram's. */
const CHATS = [101, 102, 103, 104] as const;

/** Longest life of a host whose place is never passed, in milliseconds. */
const LONGEST_LIFE_MS = 2_500;

/** A home is taken over once: the first hosts die of it, in the order of its steps. */
const TAKE_OVER: readonly Kill[] = [
  { at: 'migration-copied', pass: 1 },
  { at: 'migration-stepped', pass: 1 },
  { at: 'migration-stepped', pass: 2 },
  { at: 'migration-stepped', pass: 3 },
  { at: 'migration-stepped', pass: 4 },
  { at: 'migration-state-imported', pass: 1 },
];

export interface CrashRun extends Result {
  readonly kills: number;
  /** How many hosts died at each place; `moment` counts those killed at a random time. */
  readonly byPlace: Readonly<Record<string, number>>;
}

/** A plan of kills: the take-over, then every place in turn, passed one to three times, and as many random moments. */
export function planKills(count: number, chance: Chance): Kill[] {
  const later = Array.from(
    { length: Math.max(0, count - TAKE_OVER.length) },
    (_, index): Kill =>
      index % 2 === 0
        ? { at: PLACES[(index / 2) % PLACES.length]!, pass: chance.between(1, 3) }
        : { afterMs: chance.between(50, 2_000) },
  );
  return [...TAKE_OVER.slice(0, count), ...later];
}

/**
 * Starts the built host again and again on one home and kills it as planned, while people write; then lets it live until
 * nothing is left to do, and counts what an outside observer at the chat server has seen.
 */
export async function crashHosts(options: {
  kills: readonly Kill[];
  seed: number;
  platform?: keyof typeof PLATFORMS;
  onKill?: (done: number) => void;
}): Promise<CrashRun> {
  const chance = createChance(options.seed);
  const platform = await PLATFORMS[options.platform ?? 'telegram']();
  const home = mkdtempSync(join(tmpdir(), 'nanoclaw-crash-'));
  const people = createPeople({ platform, chats: CHATS, chance });
  makeFirstHome(home, people.asked, platform);
  platform.prepare(home);
  const inDoubt: SentText[] = [];
  const byPlace: Record<string, number> = {};
  const result = (): Result => judge({ ...people, sent: platform.sent, inDoubt });
  const start = (...args: string[]): HostChild =>
    startHostChild({ file: 'crash/doomed-host.mjs', args }, { home, platform });

  try {
    for (const [index, kill] of options.kills.entries()) {
      const host = 'at' in kill ? start(kill.at, String(kill.pass)) : start();
      const isAtPlace = await liveUntil(host, { kill, chance, write: people.write, patience: platform.patience });
      const place = 'at' in kill && isAtPlace ? kill.at : 'moment';
      byPlace[place] = (byPlace[place] ?? 0) + 1;
      inDoubt.push(...textsInDoubt(home, platform));
      if (index >= TAKE_OVER.length && chance.is(0.5)) people.schedule(home);
      options.onKill?.(index + 1);
    }
    const last = start();
    await until('every question has an end', () => result().open.length === 0, platform.patience * 120_000).catch(
      () => undefined,
    );
    await until('nothing is left to send', () => countUnsent(home) === 0, 60_000).catch(() => undefined);
    last.child.kill('SIGTERM');
    await last.ended;
    return { ...result(), kills: options.kills.length, byPlace };
  } finally {
    await platform.close();
    rmSync(home, { recursive: true, force: true });
  }
}

/** True when the host died by itself at its place. */
async function liveUntil(
  host: HostChild,
  { kill, chance, write, patience }: { kill: Kill; chance: Chance; write: () => void; patience: number },
): Promise<boolean> {
  const lifeMs = patience * ('at' in kill ? LONGEST_LIFE_MS : kill.afterMs);
  const timer = sleep(lifeMs).then(() => 'time is up' as const);
  let end: 'time is up' | 'dead' | 'pause' = 'pause';
  while (end === 'pause') {
    for (let left = chance.between(0, 2); left > 0; left--) write();
    const pause = sleep(patience * chance.between(20, 200)).then(() => 'pause' as const);
    end = await Promise.race([host.ended.then(() => 'dead' as const), timer, pause]);
  }
  host.child.kill('SIGKILL');
  await host.ended;
  return end === 'dead';
}

/** Texts that a dead host had handed to the platform without knowing what became of them: the stated window. */
function textsInDoubt(home: string, { chatOf }: CrashPlatform): SentText[] {
  const rows = readOutbox<{ jid: string; text: string }>(home, 'chat_jid AS jid, text', "state = 'sending'");
  return rows.map(({ jid, text }) => ({ chatId: chatOf(jid), text }));
}
