import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type MakeChannel, SYSTEM_NATURE } from '@nanoclaw/host/app-chats.js';
import { startEngine } from '@nanoclaw/host/app-engine.js';
import type { openStores } from '@nanoclaw/host/app-stores.js';
import { openHomeStores } from '@nanoclaw/host/app-upgrade.js';
import type { Channel } from '@nanoclaw/host/channels/channel.js';
import { loadConfig } from '@nanoclaw/host/config/config.js';
import { homePaths, prepareHome } from '@nanoclaw/host/config/home-files.js';
import { registerGroup } from '@nanoclaw/host/flows/manage-groups.js';
import { createRunTokens } from '@nanoclaw/host/gateway/run-tokens.js';
import { createLifecycle } from '@nanoclaw/host/kernel/lifecycle.js';
import type { Log, LogFields } from '@nanoclaw/host/kernel/log.js';
import type { ChatJid } from '@nanoclaw/host/messages/message.js';
import { createFakeSandboxDriver, type FakeSandboxDriver, type RunScript } from './fake-sandbox.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import { insertTask, type TaskRow } from './task-rows.ts';
import { until } from './until.ts';

export interface LogLine {
  readonly level: keyof Log;
  readonly event: string;
  readonly fields: LogFields;
}

/** The host's message path as the product wires it, on a manual clock and with scripted sandboxes. */
export interface EngineUnderTest {
  readonly home: string;
  readonly clock: ManualClock;
  readonly driver: FakeSandboxDriver;
  readonly engine: ReturnType<typeof startEngine>;
  readonly stores: ReturnType<typeof openStores>;
  readonly log: readonly LogLine[];
  /** The owner says something; gives its seq. */
  say(text: string, chat?: string): number;
  /** Texts of the assistant in a chat, oldest first. */
  texts(chat?: string): string[];
  /** Waits until the assistant has said `count` texts in the chat, and gives them. */
  waitForTexts(count: number, chat?: string): Promise<string[]>;
  /** Registers `local:<name>`, or `<prefix>:<name>`; gives its id. */
  register(name: string, options?: { requiresTrigger?: boolean; trigger?: string; prefix?: string }): string;
  /** Stores a task, of main and due now unless it says otherwise, and wakes the scheduler; gives its id. */
  addTask(task?: Partial<TaskRow>): string;
  /** Ends this host as a kill would: nothing is drained. The home stays. */
  crash(): Promise<void>;
  end(): Promise<void>;
}

export interface EngineOptions {
  readonly scriptOf: (run: number) => RunScript;
  /** Configuration variables on top of the defaults. */
  readonly settings?: Record<string, string>;
  /** Beside the local one. */
  readonly channels?: readonly ((...given: [...Parameters<MakeChannel>, ReturnType<typeof openStores>]) => Channel)[];
  /** A home that an earlier engine has left. */
  readonly home?: string;
  /** When it is, in milliseconds since the epoch. */
  readonly startMs?: number;
}

/** Starts an engine with `local:main` registered as main, on a temporary home. */
export function anEngine(options: EngineOptions): EngineUnderTest {
  const home = options.home ?? mkdtempSync(join(tmpdir(), 'nanoclaw-engine-'));
  const config = loadConfig(
    { NANOCLAW_HOME: home, NANOCLAW_CONFIG_HOME: join(home, 'config'), TZ: 'UTC', ...options.settings },
    home,
  );
  const paths = homePaths(home);
  prepareHome(paths);
  const { stores } = openHomeStores(config, paths);
  // Nothing here pulls the plug, and waiting for the disk is most of what a test would do.
  stores.database.pragma('synchronous = OFF');
  const clock = createManualClock(options.startMs);
  const lines: LogLine[] = [];
  const log = keepLog(lines);
  const lifecycle = createLifecycle(log);
  const driver = createFakeSandboxDriver(options.scriptOf);
  const manage = {
    ...stores,
    places: paths,
    templates: join(import.meta.dirname, '..', '..', 'host', 'templates'),
    assistantName: config.variables.ASSISTANT_NAME,
    owner: { uid: process.getuid?.() ?? 1000, gid: process.getgid?.() ?? 1000 },
    now: clock.now,
  };
  if (stores.groups.main() === undefined) {
    registerGroup(manage, { jid: 'local:main', name: 'main', folder: 'main', isMain: true });
  }
  stores.turns.failRunning('host-died', clock.now());
  const base = { config, paths, stores, installation: 'nc-test', lifecycle, log, choice: { driver, why: 'a test' } };
  const nature = { ...SYSTEM_NATURE, clock, random: () => 0.5 };
  const channels = (options.channels ?? []).map(
    (make): MakeChannel =>
      (inbox) =>
        make(inbox, stores),
  );
  const engine = startEngine(base, createRunTokens(), { nature, channels });

  const texts = (chat = 'local:main'): string[] =>
    engine.local
      .history(chat as ChatJid)
      .filter(({ from }) => from === 'assistant')
      .map(({ text }) => text);
  const crash = async (): Promise<void> => {
    engine.stopAccepting();
    await engine.liveAgents.stopAll();
    await engine.queue.stop();
    await lifecycle.stopAll();
    stores.database.close();
  };
  return {
    home,
    clock,
    driver,
    engine,
    stores,
    log: lines,
    say: (text, chat = 'local:main') => engine.local.say(chat as ChatJid, text),
    texts,
    waitForTexts: (count, chat) =>
      until(`the assistant has said ${count} texts`, () => {
        const found = texts(chat);
        return found.length >= count && found;
      }),
    register(name, { requiresTrigger = false, trigger, prefix = 'local' } = {}) {
      const jid = `${prefix}:${name}`;
      registerGroup(manage, {
        jid,
        name,
        folder: name,
        requiresTrigger,
        ...(trigger === undefined ? {} : { trigger }),
      });
      engine.loop.reconsider(jid as ChatJid);
      return jid;
    },
    addTask(task = {}) {
      const id = insertTask(stores.database, { nextRun: new Date(clock.now()).toISOString(), ...task });
      engine.tasks.wake();
      return id;
    },
    crash,
    async end() {
      await crash();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function keepLog(lines: LogLine[]): Log {
  const keep =
    (level: keyof Log) =>
    (event: string, fields: LogFields = {}): void => {
      lines.push({ level, event, fields });
    };
  return { debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error'), fatal: keep('fatal') };
}
