import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canMount, mountSmallDisk, type SmallDisk } from '@nanoclaw/testkit';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStore } from './open-store.ts';

const DISK_BYTES = 12 * 2 ** 20;

describe.skipIf(!canMount())('a database of v1 on a disk that gets full', () => {
  let disk: SmallDisk;
  let file: string;
  beforeEach(() => {
    disk = mountSmallDisk(DISK_BYTES);
    file = join(disk.directory, 'messages.db');
    const database = new Sqlite(file);
    database.exec(`CREATE TABLE chats (jid TEXT PRIMARY KEY, name TEXT, last_message_time TEXT);
      CREATE TABLE messages (id TEXT, chat_jid TEXT, sender TEXT, content TEXT, timestamp TEXT, is_from_me INTEGER,
        PRIMARY KEY (id, chat_jid));
      INSERT INTO chats VALUES ('tg:1', 'x', '')`);
    const insert = database.prepare("INSERT INTO messages VALUES (?, 'tg:1', 'a', ?, '2026-01-01', 0)");
    database.transaction(() => {
      for (let row = 0; row < 1_200; row++) insert.run(String(row), 'x'.repeat(1_000));
    })();
    database.close();
  });
  afterEach(() => disk.remove());

  const digest = (): string => createHash('sha256').update(readFileSync(file)).digest('hex');

  test('while it is copied is as it was, with no half copy, and is upgraded when there is space', () => {
    const before = digest();
    disk.fill(500_000);

    expect(() => openStore(file)).toThrow(/the disk of .* is full: free some space/);

    expect(digest()).toBe(before);
    expect(existsSync(`${file}.v1-backup`) || existsSync(`${file}.v1-backup.unfinished`)).toBe(false);
    disk.free();
    openStore(file).close();
  });

  test('while it is upgraded is as it was, and is upgraded when there is space', () => {
    const before = digest();
    writeFileSync(`${file}.v1-backup`, '');
    disk.fill(500_000);

    expect(() => openStore(file)).toThrow('could not be upgraded from schema 0 and is unchanged: free some disk space');

    expect(digest()).toBe(before);
    disk.free();
    const store = openStore(file);
    expect(store.prepare('SELECT COUNT(*) FROM messages').pluck().get()).toBe(1_200);
    store.close();
  });
});
