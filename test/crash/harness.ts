import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { homePaths } from '@nanoclaw/host/config/home-files.js';
import type { FailpointName } from '@nanoclaw/host/kernel/failpoints.js';
import { openStore } from '@nanoclaw/host/store/open-store.js';
import { insertTask, startTelegramServer, until } from '@nanoclaw/testkit';
import Sqlite from 'better-sqlite3';
import { type Chance, createChance } from '../simulation/chance.ts';
import { PLACES } from '../simulation/places.ts';
import { makeFirstHome } from './first-home.ts';
import { type Asked, judge, type Result, type Seen, type SentText } from './witness.ts';

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
  onKill?: (done: number) => void;
}): Promise<CrashRun> {
  const chance = createChance(options.seed);
  const telegram = await startTelegramServer();
  const home = mkdtempSync(join(tmpdir(), 'nanoclaw-crash-'));
  const asked = CHATS.map((chatId, index): Asked => ({ token: `q${index + 1}`, chatId, sentBefore: 0 }));
  makeFirstHome(
    home,
    CHATS,
    asked.map(({ token }) => token),
  );
  const environment = { NANOCLAW_HOME: home, TELEGRAM_BOT_TOKEN: telegram.token, TELEGRAM_API_ROOT: telegram.root };
  const inDoubt: SentText[] = [];
  const pings: number[] = [];
  const byPlace: Record<string, number> = {};

  const seen = (): Seen => ({ asked, pings, sent: telegram.sent, inDoubt });

  function write(): void {
    if (chance.is(0.1)) ping();
    else ask();
  }

  function ask(): void {
    const token = `q${asked.length + 1}`;
    const chatId = chance.pick(CHATS);
    asked.push({ token, chatId, sentBefore: telegram.sent.length });
    telegram.write(chatId, `${token}?`);
  }

  /** A command, which the host answers itself. */
  function ping(): void {
    const chatId = chance.pick(CHATS);
    pings.push(chatId);
    telegram.write(chatId, '/ping');
  }

  /** While no host lives: hosts alone write the database beside each other. */
  function schedule(): void {
    const token = `k${asked.length + 1}`;
    const chatId = chance.pick(CHATS);
    const folder = chatId === CHATS[0] ? 'main' : `tg_${chatId}`;
    const nextRun = new Date(Date.now() + chance.between(0, 1_500)).toISOString();
    const database = openStore(homePaths(home).database);
    insertTask(database, { folder, prompt: token, nextRun, contextMode: chance.pick(['group', 'isolated']) });
    database.close();
    asked.push({ token, chatId, sentBefore: telegram.sent.length });
  }

  try {
    for (const [index, kill] of options.kills.entries()) {
      const host = startHost(environment, 'at' in kill ? [kill.at, String(kill.pass)] : []);
      const isAtPlace = await liveUntil(host, { kill, chance, write });
      const place = 'at' in kill && isAtPlace ? kill.at : 'moment';
      byPlace[place] = (byPlace[place] ?? 0) + 1;
      inDoubt.push(...textsInDoubt(home));
      if (index >= TAKE_OVER.length && chance.is(0.5)) schedule();
      options.onKill?.(index + 1);
    }
    const last = startHost(environment, []);
    await until('every question has an end', () => judge(seen()).open.length === 0, 120_000).catch(() => undefined);
    await until('nothing is left to send', () => countUnsent(home) === 0, 60_000).catch(() => undefined);
    last.child.kill('SIGTERM');
    await last.ended;
    return { ...judge(seen()), kills: options.kills.length, byPlace };
  } finally {
    await telegram.close();
    rmSync(home, { recursive: true, force: true });
  }
}

/** True when the host died by itself at its place. */
async function liveUntil(
  host: Host,
  { kill, chance, write }: { kill: Kill; chance: Chance; write: () => void },
): Promise<boolean> {
  const lifeMs = 'at' in kill ? LONGEST_LIFE_MS : kill.afterMs;
  const timer = sleep(lifeMs).then(() => 'time is up' as const);
  let end: 'time is up' | 'dead' | 'pause' = 'pause';
  while (end === 'pause') {
    for (let left = chance.between(0, 2); left > 0; left--) write();
    const pause = sleep(chance.between(20, 200)).then(() => 'pause' as const);
    end = await Promise.race([host.ended.then(() => 'dead' as const), timer, pause]);
  }
  host.child.kill('SIGKILL');
  await host.ended;
  return end === 'dead';
}

interface Host {
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
}

/** Only the built product: what is killed is what runs. */
function startHost(environment: Record<string, string>, args: readonly string[]): Host {
  const env = { PATH: process.env['PATH'], HOME: environment['NANOCLAW_HOME'], TZ: 'UTC', ...environment };
  const child = spawn(process.execPath, [join(import.meta.dirname, 'doomed-host.mjs'), ...args], {
    env,
    stdio: ['ignore', 'ignore', process.env['CRASH_LOG'] ? 'inherit' : 'ignore'],
  });
  return { child, ended: new Promise((resolve) => child.once('close', () => resolve())) };
}

/** Texts that a dead host had handed to the platform without knowing what became of them: the stated window. */
function textsInDoubt(home: string): SentText[] {
  const rows = query(home, "SELECT chat_jid AS jid, text FROM outbox WHERE state = 'sending'");
  return (rows as { jid: string; text: string }[]).map(({ jid, text }) => ({ chatId: jid.slice('tg:'.length), text }));
}

function countUnsent(home: string): number {
  return query(home, "SELECT id FROM outbox WHERE state IN ('pending', 'sending')").length;
}

/** Opened as it lies there: our own store would upgrade it. Without an outbox yet there is nothing in it. */
function query(home: string, sql: string): unknown[] {
  const database = new Sqlite(homePaths(home).database);
  try {
    const hasOutbox = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'outbox'").get() !== undefined;
    return hasOutbox ? database.prepare(sql).all() : [];
  } finally {
    database.close();
  }
}
