import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTelegramServer, until } from '@nanoclaw/testkit';
import { makeFirstHome } from '../crash/first-home.ts';
import { countUnsent, startHostChild } from '../crash/host-child.ts';
import { createPeople } from '../crash/people.ts';
import { telegramPlatform } from '../crash/platform.ts';
import { judge, type Result } from '../crash/witness.ts';
import { createChance } from '../simulation/chance.ts';
import { SOAK_FAULTS, type SoakFault } from './faults.ts';
import { descendantsOf, type Footprint, footprintOf } from './footprint.ts';

/** Chats that people write in, numbered as Telegram does. */
const CHATS = Array.from({ length: 50 }, (_, index) => 201 + index);

/** Sandboxes go soon, so that they come and go all the time. */
const SETTINGS = { IDLE_TIMEOUT: '2000' };

/** Longest time until everything that was begun has its end, in milliseconds: all retries of a turn together and more. */
const CALM_MS = 400_000;

/** How long connections take to be made again, in milliseconds, with room. */
const SETTLE_MS = 5_000;

export interface SoakReport extends Result {
  /** How often each fault has happened. */
  readonly faults: Readonly<Record<SoakFault, number>>;
  /** After a first round of everything, so that caches are filled. */
  readonly before: Footprint;
  readonly after: Footprint;
}

/**
 * One host, fifty chats, people who write and things that go wrong, for a time in milliseconds; measured after the first
 * tenth and at the end, each time when nothing is left to do.
 */
export async function soak(options: {
  ms: number;
  seed: number;
  onProgress?: (line: string) => void;
}): Promise<SoakReport> {
  const chance = createChance(options.seed);
  const telegram = await startTelegramServer();
  const platform = telegramPlatform(telegram);
  const home = mkdtempSync(join(tmpdir(), 'nanoclaw-soak-'));
  const people = createPeople({ platform, chats: CHATS, chance });
  makeFirstHome(home, people.asked, platform);
  const script = { file: 'soak/measured-host.mjs', nodeArgs: ['--expose-gc'], settings: SETTINGS };
  const { child: host, ended } = startHostChild(script, { home, platform });
  const names = Object.keys(SOAK_FAULTS) as SoakFault[];
  const faults = Object.fromEntries(names.map((name) => [name, 0])) as Record<SoakFault, number>;
  const result = (): Result => judge({ ...people, sent: telegram.sent, inDoubt: telegram.untold });

  async function trouble(ms: number): Promise<void> {
    for (const end = Date.now() + ms; Date.now() < end; await sleep(chance.between(50, 500))) {
      for (let left = chance.between(0, 2); left > 0; left--) people.write();
      if (!chance.is(0.4)) continue;
      const name = chance.pick(names);
      faults[name]++;
      await SOAK_FAULTS[name]({ host, telegram, chance });
    }
  }

  async function calm(): Promise<Footprint> {
    telegram.faults.length = 0;
    await until('every question has an end', () => result().open.length === 0, CALM_MS).catch(() => undefined);
    await until('nothing is left to send', () => countUnsent(home) === 0, CALM_MS).catch(() => undefined);
    await until('the last sandbox has gone', () => descendantsOf(host.pid!).length === 0).catch(() => undefined);
    // Idle connections are as many as chats were served at the same time; those that are made anew are what is needed.
    telegram.drop();
    await sleep(SETTLE_MS);
    options.onProgress?.(`${people.asked.length} questions, ${telegram.sent.length} texts`);
    return footprintOf(host);
  }

  try {
    await trouble(options.ms / 10);
    const before = await calm();
    await trouble((options.ms * 9) / 10);
    const after = await calm();
    return { ...result(), faults, before, after };
  } finally {
    host.kill('SIGTERM');
    await ended;
    await telegram.close();
    rmSync(home, { recursive: true, force: true });
  }
}
