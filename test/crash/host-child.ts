import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { homePaths } from '@nanoclaw/host/config/home-files.js';
import Sqlite from 'better-sqlite3';
import type { CrashPlatform } from './platform.ts';

/** The built host as a process of its own. */
export interface HostChild {
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
}

/** Starts a host of this directory's kind. With `CRASH_LOG` set one can watch it. Only the built product is started. */
export function startHostChild(
  script: { file: string; args?: readonly string[]; nodeArgs?: readonly string[]; settings?: Record<string, string> },
  { home, platform }: { home: string; platform: Pick<CrashPlatform, 'settings'> },
): HostChild {
  const env = {
    PATH: process.env['PATH'],
    HOME: home,
    TZ: 'UTC',
    NANOCLAW_HOME: home,
    ...platform.settings,
    // A chat that no host lives long enough to answer collects more than a prompt usually shows.
    MAX_MESSAGES_PER_PROMPT: '1000',
    ...script.settings,
  };
  const file = join(import.meta.dirname, '..', script.file);
  const child = spawn(process.execPath, [...(script.nodeArgs ?? []), file, ...(script.args ?? [])], {
    env,
    stdio: ['ignore', 'ignore', process.env['CRASH_LOG'] ? 'inherit' : 'ignore', 'ipc'],
  });
  return { child, ended: new Promise((resolve) => child.once('close', () => resolve())) };
}

/** Asks a home's database, as it lies there: our own store would upgrade it. Without an outbox yet there is nothing in it. */
export function readOutbox<Row>(home: string, columns: string, where: string): Row[] {
  const database = new Sqlite(homePaths(home).database);
  try {
    const hasOutbox = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'outbox'").get() !== undefined;
    return hasOutbox ? (database.prepare(`SELECT ${columns} FROM outbox WHERE ${where}`).all() as Row[]) : [];
  } finally {
    database.close();
  }
}

export function countUnsent(home: string): number {
  return readOutbox(home, 'id', "state IN ('pending', 'sending')").length;
}
