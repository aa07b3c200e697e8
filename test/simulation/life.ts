import { rmSync } from 'node:fs';
import type { Log, LogFields } from '@nanoclaw/host/kernel/log.js';
import type { ChatJid } from '@nanoclaw/host/messages/message.js';
import { createManualClock, type ManualClock } from '@nanoclaw/testkit';
import { type Chance, createChance } from './chance.ts';
import { CHATS } from './home-template.ts';
import { type HostLife, startHostLife } from './host-life.ts';
import { PLACES } from './places.ts';
import { createPlatform, type Platform } from './platform.ts';
import { brokenPromises, brokenPromisesAtTheEnd, type Witness } from './promises.ts';
import { noteTime, pauseRepeated, schedule } from './schedules.ts';

/** The moment at which every life begins. */
export const START_MS = Date.UTC(2026, 0, 1);

/** Actions of one life before everything is left in peace. */
const STEPS = 60;

/** How long everything is left in peace at the end, in milliseconds: longer than all retries together. */
const PEACE_MS = 20 * 60_000;
const PEACE_STEP_MS = 60_000;

/** When, within it, repeated tasks are paused: with time for the last run to end, and all its retries. */
const PAUSE_AFTER_MS = 8 * 60_000;

export interface LifeReport {
  readonly seed: number;
  /** The first promises that were found broken; empty in a good life. */
  readonly broken: readonly string[];
  /** What was done, for reading a failure. */
  readonly story: readonly string[];
  readonly crashes: number;
  readonly questions: number;
  readonly log: readonly string[];
}

/** Lives one life of the host from its seed and says which promises it broke. */
export async function live(seed: number, home: string): Promise<LifeReport> {
  const chance = createChance(seed);
  const clock = createManualClock(START_MS);
  const platforms = [
    createPlatform('rep', 'repeatable', chance),
    createPlatform('rea', 'readable', chance),
    createPlatform('nei', 'neither', chance),
  ];
  const lines: string[] = [];
  const story: string[] = [];
  const witness: Witness = {
    platforms,
    asked: [],
    scheduled: [],
    pings: [],

    silenced: new Set(),
    handled: new Map(),
    hasStoreFailed: false,
  };
  const world = { home, clock, chance, platforms, log: keepLog(lines, clock.now) };
  let host = startHostLife(world);
  let crashes = 0;

  async function revive(): Promise<void> {
    if (!host.isDead()) return;
    crashes++;
    for (const token of host.sandboxes.silenced) witness.silenced.add(token);
    await clock.advance(chance.between(0, 2_000));
    noteTime(witness, clock.now());
    host = startHostLife(world);
    story.push('the host starts again');
  }

  try {
    for (let step = 0; step < STEPS; step++) {
      const what = act({ chance, platforms, witness, host, clock, now: clock.now() });
      story.push(`${step}: ${what}`);
      for (const platform of platforms) if (!host.isDead()) platform.deliver(host.engine.inbox);
      await clock.advance(chance.pick([0, 5, 500, 3_000, 15_000]));
      noteTime(witness, clock.now());
      await revive();
      const broken = brokenPromises(witness, host);
      if (broken.length > 0) return report(broken);
    }
    calm(host, platforms);
    story.push('everything is well from now on');
    for (let at = 0; at < PEACE_MS; at += PEACE_STEP_MS) {
      if (at >= PAUSE_AFTER_MS && !host.isDead()) pauseRepeated(host);
      for (const platform of platforms) if (!host.isDead()) platform.deliver(host.engine.inbox);
      await clock.advance(PEACE_STEP_MS);
      noteTime(witness, clock.now());
      await revive();
      calm(host, platforms);
    }
    return report([...brokenPromises(witness, host), ...brokenPromisesAtTheEnd(witness, host)]);
  } finally {
    host.crash();
    rmSync(home, { recursive: true, force: true });
  }

  function report(broken: readonly string[]): LifeReport {
    return { seed, broken, story, crashes, questions: witness.asked.length, log: lines };
  }
}

function calm(host: HostLife, platforms: readonly Platform[]): void {
  for (const platform of platforms) platform.weather.trouble = 0;
  if (host.isDead()) return;
  host.sandboxes.trouble = 0;
  host.sandboxes.isUp = true;
  setRoom(host, true);
}

interface Scene {
  readonly chance: Chance;
  readonly platforms: readonly Platform[];
  readonly witness: Witness;
  readonly host: HostLife;
  readonly clock: ManualClock;
  readonly now: number;
}

/** One thing that happens to the host; gives its name. */
function act(scene: Scene): string {
  const { chance, platforms, witness, host, clock } = scene;
  const kind = chance.between(1, 100);
  if (kind <= 50) return ask(scene);
  if (kind <= 58) return say(scene, chance.pick(CHATS).jid, 'just talking');
  if (kind <= 60) return ping(scene);
  if (kind <= 68) {
    const place = chance.pick(PLACES);
    const pass = chance.between(1, 4);
    host.crashAt(place, pass);
    return `the host will die at ${place}, pass ${pass}`;
  }
  if (kind <= 72) {
    host.crash();
    return 'the host dies';
  }
  if (kind <= 80) {
    const platform = chance.pick(platforms);
    platform.weather.trouble = chance.pick([0, 0, 0.3, 0.9]);
    return `${platform.prefix} has trouble ${platform.weather.trouble}`;
  }
  if (kind <= 85 && host.sandboxes.live().length > 0) {
    host.sandboxes.kill(chance.pick([{ kind: 'exited', code: 137 }, { kind: 'out-of-memory' }] as const));
    return 'a sandbox is killed';
  }
  if (kind <= 89) {
    host.sandboxes.isUp = !host.sandboxes.isUp;
    return `the engine is ${host.sandboxes.isUp ? 'up' : 'down'}`;
  }
  if (kind <= 92) {
    const isFull = chance.is(0.5);
    setRoom(host, !isFull);
    if (isFull) witness.hasStoreFailed = true;
    return isFull ? 'the disk is full' : 'the disk has room';
  }
  if (kind <= 97) return schedule(scene);
  if (kind === 98) {
    const ms = chance.pick([2_000, 3_600_000, 90_000_000]);
    clock.setBack(ms);
    noteTime(witness, clock.now());
    return `the clock goes back by ${ms} ms`;
  }
  return 'nothing happens';
}

/** A question that wakes the agent; its token is in every text that belongs to it. */
function ask(scene: Scene): string {
  const { jid, requiresTrigger } = scene.chance.pick(CHATS);
  const token = `q${scene.witness.asked.length + 1}`;
  scene.witness.asked.push({ token, jid });
  return say(scene, jid, `${requiresTrigger ? '@Andy ' : ''}${token}?`);
}

/** A command to the host, which answers it itself. */
function ping(scene: Scene): string {
  const { jid } = scene.chance.pick(CHATS);
  scene.witness.pings.push(jid);
  return say(scene, jid, '/ping');
}

function say({ chance, platforms, now }: Scene, jid: string, content: string): string {
  const platform = platforms.find(({ prefix }) => jid.startsWith(`${prefix}:`))!;
  const id = `m${platform.written.length}`;
  // Platforms date in seconds, late, or wrongly; the order of arrival is ours.
  const offsetMs = chance.pick([0, 0, -3_600_000, 86_400_000]);
  const timestamp = new Date(Math.floor((now + offsetMs) / 1000) * 1000).toISOString();
  platform.written.push({ id, chatJid: jid as ChatJid, content, sender: 'sim:ann', timestamp, isTaken: false });
  return `${jid} says "${content}"`;
}

/** A full disk as SQLite tells it: the file may not grow, what fits into its pages still goes. */
function setRoom(host: HostLife, hasRoom: boolean): void {
  if (host.isDead()) return;
  const { database } = host.stores;
  const pages = hasRoom ? 1_000_000_000 : Number(database.pragma('page_count', { simple: true }));
  database.pragma(`max_page_count = ${pages}`);
}

function keepLog(lines: string[], now: () => number): Log {
  const keep =
    (level: string) =>
    (event: string, fields: LogFields = {}): void => {
      lines.push(`${((now() - START_MS) / 1000).toFixed(3)} ${level} ${event} ${JSON.stringify(fields)}`);
    };
  return { debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error'), fatal: keep('fatal') };
}
