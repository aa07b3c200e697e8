import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { backupFile, copyDatabase } from './backup-files.ts';
import { MIGRATIONS, schemaVersion } from './migrate.ts';
import { openStore } from './open-store.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'nanoclaw-store-'));
  file = join(directory, 'messages.db');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const storeFailed = expect.objectContaining({ code: 'store-failed' });
const newest = MIGRATIONS.at(-1)!.number;

describe('a store', () => {
  test('is made where none is, durable and with no copy of nothing', () => {
    const database = openStore(file);

    expect(schemaVersion(database)).toBe(newest);
    expect(database.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(database.pragma('synchronous', { simple: true })).toBe(2);
    expect(database.pragma('foreign_keys', { simple: true })).toBe(1);
    database.close();
    expect(existsSync(`${file}.v1-backup`)).toBe(false);
  });

  test('is opened again as it is', () => {
    openStore(file).close();
    const bytes = readFileSync(file);

    openStore(file).close();

    expect(readFileSync(file)).toEqual(bytes);
  });

  test('has migrations numbered 1, 2, 3 …', () => {
    expect(MIGRATIONS.map(({ number }) => number)).toEqual(MIGRATIONS.map((_, index) => index + 1));
  });

  test.each(MIGRATIONS.map(({ number }) => number))(
    'of step %i is brought to the newest, with what is in it',
    (number) => {
      const early = new Sqlite(file);
      for (const { up } of MIGRATIONS.slice(0, number)) up(early, { assistantName: 'Andy' });
      early.pragma(`user_version = ${number}`);
      early.exec("INSERT INTO chats (jid, name, last_message_time) VALUES ('tg:1', 'Ann', '')");
      early.close();

      const database = openStore(file);
      expect(schemaVersion(database)).toBe(newest);
      expect(database.prepare('SELECT name FROM chats').pluck().get()).toBe('Ann');
      expect(database.prepare('SELECT egress FROM registered_groups').all()).toEqual([]);
      database.close();
    },
  );

  test('of a later release is refused and stays as it was', () => {
    const later = new Sqlite(file);
    later.exec('CREATE TABLE things (x)');
    later.pragma(`user_version = ${newest + 1}`);
    later.close();
    const bytes = readFileSync(file);

    expect(() => openStore(file)).toThrow(
      `the database has schema ${newest + 1}, this build knows ${newest}: start the newer NanoClaw that wrote it`,
    );

    expect(readFileSync(file)).toEqual(bytes);
  });

  test('that cannot be upgraded stays as it was, with its copy beside it', () => {
    const odd = new Sqlite(file);
    // A column of this name stands in the way of the second step; the first one has changed tables by then.
    odd.exec('CREATE TABLE chats (jid TEXT PRIMARY KEY, name TEXT, last_message_time TEXT); CREATE TABLE turns (mine)');
    odd.exec("INSERT INTO turns VALUES ('precious')");
    odd.close();

    expect(() => openStore(file)).toThrow('could not be upgraded from schema 0 and is unchanged');

    const after = new Sqlite(file);
    expect(after.pragma('user_version', { simple: true })).toBe(0);
    expect(after.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").pluck().all()).toEqual([
      'chats',
      'turns',
    ]);
    expect(after.pragma('table_info(chats)')).toHaveLength(3);
    expect(after.prepare('SELECT mine FROM turns').pluck().get()).toBe('precious');
    after.close();
    expect(existsSync(`${file}.v1-backup`)).toBe(true);
  });
});

describe('a file that is no good', () => {
  test('because a page of it is rubbish is refused in one sentence', () => {
    const database = openStore(file);
    const insert = database.prepare('INSERT INTO chats (jid, name) VALUES (?, ?)');
    for (let row = 0; row < 500; row++) insert.run(`tg:${row}`, 'x'.repeat(200));
    database.close();
    const bytes = readFileSync(file);
    for (let page = 10; page < 20; page++) bytes.fill(0xa5, page * 4_096, page * 4_096 + 2_000);
    writeFileSync(file, bytes);

    expect(() => openStore(file)).toThrow(`the database ${file} is damaged: restore a backup`);

    expect(readFileSync(file)).toEqual(bytes);
  });

  test('with good backups beside it is refused with the newest of them and what to do with it', async () => {
    const database = openStore(file);
    const backups = join(directory, 'backups');
    mkdirSync(backups);
    for (const day of [1, 2]) await copyDatabase(database, backupFile(backups, Date.UTC(2026, 2, day)));
    writeFileSync(backupFile(backups, Date.UTC(2026, 2, 3)), 'no database either');
    database.close();
    writeFileSync(file, 'this is a text file, long enough to be looked at as a database by its first page '.repeat(20));

    expect(() => openStore(file, { backups })).toThrow(
      `damaged: nanoclaw restore ${join(backups, 'messages-2026-03-02T00-00-00Z.db')} puts back its newest good backup`,
    );
  });

  test('because it is no database is refused in the same way', () => {
    writeFileSync(file, 'this is a text file, long enough to be looked at as a database by its first page '.repeat(20));

    expect(() => openStore(file)).toThrow(`the database ${file} is damaged`);
  });

  test('because it is a directory, or its directory is missing, is refused', () => {
    mkdirSync(file);
    expect(() => openStore(file)).toThrow(storeFailed);
    expect(() => openStore(join(directory, 'missing', 'messages.db'))).toThrow(`cannot open the database`);
  });

  test('because this user may not write it is refused', () => {
    openStore(file).close();
    chmodSync(file, 0o444);
    chmodSync(directory, 0o555);

    const outcome = openUnprivileged();
    chmodSync(directory, 0o755);

    expect(outcome).toMatch(/^cannot open the database .*: check that it is a writable SQLite file$/m);
    expect(statSync(file).mode & 0o777).toBe(0o444);
  });
});

/** Root may write everything, so a child becomes nobody first when the tests run as root. */
function openUnprivileged(): string {
  const script = `
    import { openStore } from ${JSON.stringify(pathToFileURL(join(import.meta.dirname, 'open-store.ts')).href)};
    openStore(':memory:').close();
    if (process.getuid() === 0) { process.setgid(65534); process.setuid(65534); }
    try { openStore(${JSON.stringify(file)}); console.log('opened'); } catch (error) { console.log(error.message); }`;
  const flags = ['--import', 'tsx', '--conditions=@nanoclaw/source', '--input-type=module', '-e', script];
  return execFileSync(process.execPath, flags, { encoding: 'utf8' });
}
