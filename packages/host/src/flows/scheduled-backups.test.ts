import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createManualClock, type ManualClock, until } from '@nanoclaw/testkit';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { copyDatabase } from '../store/backup-files.ts';
import { type Database, openStore } from '../store/open-store.ts';
import {
  FIRST_BACKUP_AFTER_MS,
  LOOK_EVERY_MS,
  type ScheduledBackups,
  startScheduledBackups,
} from './scheduled-backups.ts';

const HOUR_MS = 3_600_000;

let home: string;
let directory: string;
let database: Database;
let clock: ManualClock;
let ending: AbortController;
const logged: string[] = [];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'nanoclaw-backups-'));
  directory = join(home, 'backups');
  mkdirSync(directory);
  database = openStore(join(home, 'messages.db'));
  clock = createManualClock();
  ending = new AbortController();
  logged.length = 0;
});
afterEach(() => {
  ending.abort();
  database.close();
  rmSync(home, { recursive: true, force: true });
});

function start(settings: { everyMs?: number; keep?: number } = {}): ScheduledBackups {
  const keep = (event: string): void => void logged.push(event);
  const log = { debug: keep, info: keep, warn: keep, error: keep, fatal: keep };
  return startScheduledBackups(
    { database, directory, everyMs: 24 * HOUR_MS, keep: 7, clock, log, ...settings },
    ending.signal,
  );
}

const names = (): string[] => readdirSync(directory).sort();
const made = (count: number) =>
  until(`${count} backups are made`, () => logged.filter((e) => e === 'backup.made').length === count);

describe('the backups of the database', () => {
  test('begin soon after the start, hold what is stored, and are for the owner only', async () => {
    database.exec("INSERT INTO chats (jid, name) VALUES ('tg:1', 'kept')");
    const backups = start();
    expect(backups.state()).toEqual({ lastBackupAt: null, lastBackupError: null });

    clock.advance(FIRST_BACKUP_AFTER_MS);
    await made(1);

    const [name] = names();
    expect(names()).toHaveLength(1);
    expect(statSync(join(directory, name!)).mode & 0o777).toBe(0o600);
    const copy = new Sqlite(join(directory, name!), { readonly: true });
    expect(copy.prepare('SELECT name FROM chats').pluck().get()).toBe('kept');
    copy.close();
    expect(names()).toEqual([name]);
    expect(backups.state().lastBackupAt).toBe(new Date(Math.floor(clock.now() / 1000) * 1000).toISOString());
  });

  test('are made again when the newest is older than their period, also over a restart, and the newest are kept', async () => {
    const first = start({ everyMs: HOUR_MS, keep: 2 });
    clock.advance(FIRST_BACKUP_AFTER_MS);
    await made(1);
    const [oldest] = names();
    ending.abort();
    await first.stopped;
    ending = new AbortController();
    start({ everyMs: HOUR_MS, keep: 2 });
    clock.advance(FIRST_BACKUP_AFTER_MS);
    for (let count = 2; count <= 3; count++) {
      await until('the hour is over', () => {
        clock.advance(LOOK_EVERY_MS);
        return logged.filter((event) => event === 'backup.made').length === count;
      });
    }

    expect(names()).toHaveLength(2);
    expect(names()).not.toContain(oldest);
  });

  test('that fail are told, leave nothing half behind, and are tried again', async () => {
    rmSync(directory, { recursive: true });
    const backups = start();
    clock.advance(FIRST_BACKUP_AFTER_MS);
    await until('it has failed', () => logged.includes('backup.failed'));
    expect(backups.state()).toMatchObject({
      lastBackupAt: null,
      lastBackupError: expect.stringContaining('directory'),
    });

    mkdirSync(directory);
    clock.advance(LOOK_EVERY_MS);
    await made(1);

    expect(backups.state().lastBackupError).toBeNull();
    expect(names()).toHaveLength(1);
  });

  test('are none when the period is 0', async () => {
    await start({ everyMs: 0 }).stopped;
    expect(names()).toEqual([]);
  });

  test('do not wait for a copy of the future, and clear away what was left unfinished long ago', async () => {
    writeFileSync(join(directory, 'messages-2999-01-01T00-00-00Z.db'), '');
    for (const name of ['messages-2020-01-01T00-00-00Z.db.unfinished', '.copy-1.db', '.copy-2.db']) {
      writeFileSync(join(directory, name), '');
    }
    const old = new Date(clock.now() - 2 * 24 * HOUR_MS);
    utimesSync(join(directory, 'messages-2020-01-01T00-00-00Z.db.unfinished'), old, old);
    utimesSync(join(directory, '.copy-1.db'), old, old);
    const recent = new Date(clock.now());
    utimesSync(join(directory, '.copy-2.db'), recent, recent);
    writeFileSync(join(directory, 'a note of the owner'), '');
    start();

    clock.advance(FIRST_BACKUP_AFTER_MS);
    await made(1);

    expect(names()).toEqual([
      '.copy-2.db',
      'a note of the owner',
      expect.stringMatching(/^messages-2/),
      'messages-2999-01-01T00-00-00Z.db',
    ]);
  });

  test('do not keep the host from stopping', async () => {
    const insert = database.prepare('INSERT INTO chats (jid, name) VALUES (?, ?)');
    database.transaction(() => {
      for (let row = 0; row < 5_000; row++) insert.run(`tg:${row}`, 'x'.repeat(1_000));
    })();
    const copying = copyDatabase(database, join(directory, 'copy.db'), ending.signal);

    ending.abort();

    await expect(copying).rejects.toThrow();
    expect(names()).toEqual([]);
  });

  test('hold also what is stored while they are made', async () => {
    const insert = database.prepare('INSERT INTO chats (jid, name) VALUES (?, ?)');
    database.transaction(() => {
      for (let row = 0; row < 5_000; row++) insert.run(`tg:${row}`, 'x'.repeat(1_000));
    })();
    const file = join(directory, 'copy.db');

    let isDone = false;
    const copying = copyDatabase(database, file).finally(() => {
      isDone = true;
    });
    let stored = 0;
    for (; !isDone; stored++) {
      insert.run(`late:${stored}`, 'stored while the copy was made');
      await nextTurn();
    }
    await copying;

    const copy = new Sqlite(file, { readonly: true });
    expect(copy.pragma('integrity_check', { simple: true })).toBe('ok');
    const late = Number(copy.prepare("SELECT COUNT(*) FROM chats WHERE jid LIKE 'late:%'").pluck().get());
    expect(late).toBeGreaterThan(1);
    expect(late).toBeLessThanOrEqual(stored);
    copy.close();
  });
});
