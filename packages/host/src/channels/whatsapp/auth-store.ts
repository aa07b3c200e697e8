import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite from 'better-sqlite3';

/** Most of our own messages that are kept for those who could not read them. */
const MAX_SENT = 2_000;

/** Something of a kind under an id; without a value it is to be forgotten. */
export interface StoredKey {
  readonly kind: string;
  readonly id: string;
  readonly value: string | undefined;
}

export interface AuthStore {
  find(kind: string, id: string): string | undefined;
  /** All of the changes or none. */
  save(changes: readonly StoredKey[]): void;
  /** Of a kind, the oldest first. */
  list(kind: string, limit: number): { id: string; value: string }[];
  /** A message of ours, encoded. */
  findSent(id: string): Buffer | undefined;
  keepSent(id: string, message: Uint8Array): void;
  /** Forgets the device, and with it what came for it and was not handed over. */
  clear(): void;
  close(): void;
}

/**
 * What the linked device is: its keys and sessions, and messages that were opened and not handed over yet. A database of its
 * own, in the folder that only backups with secrets hold: an old copy of it must never replace it beside newer messages.
 */
export function openAuthStore(path: string): AuthStore {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const database = new Sqlite(path);
  database.pragma('busy_timeout = 5000');
  database.pragma('journal_mode = WAL');
  // A message is acknowledged after its keys have moved on, so both have to survive a power cut.
  database.pragma('synchronous = FULL');
  database.exec(`
    CREATE TABLE IF NOT EXISTS keys (
      seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL, value TEXT NOT NULL,
      UNIQUE (kind, id)
    );
    CREATE TABLE IF NOT EXISTS sent (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, message BLOB NOT NULL);
  `);
  const find = database.prepare('SELECT value FROM keys WHERE kind = ? AND id = ?').pluck();
  const put = database.prepare(`
    INSERT INTO keys (kind, id, value) VALUES (@kind, @id, @value)
    ON CONFLICT (kind, id) DO UPDATE SET value = excluded.value`);
  const remove = database.prepare('DELETE FROM keys WHERE kind = ? AND id = ?');
  const list = database.prepare('SELECT id, value FROM keys WHERE kind = ? ORDER BY seq LIMIT ?');
  const findSent = database.prepare('SELECT message FROM sent WHERE id = ?').pluck();
  const putSent = database.prepare('INSERT OR REPLACE INTO sent (id, message) VALUES (?, ?)');
  const pruneSent = database.prepare('DELETE FROM sent WHERE seq <= (SELECT MAX(seq) FROM sent) - ?');

  return {
    find: (kind, id) => find.get(kind, id) as string | undefined,
    save: database.transaction((changes: readonly StoredKey[]) => {
      for (const { kind, id, value } of changes) {
        if (value === undefined) remove.run(kind, id);
        else put.run({ kind, id, value });
      }
    }),
    list: (kind, limit) => list.all(kind, limit) as { id: string; value: string }[],
    findSent: (id) => findSent.get(id) as Buffer | undefined,
    keepSent: database.transaction((id: string, message: Uint8Array) => {
      putSent.run(id, message);
      pruneSent.run(MAX_SENT);
    }),
    clear: database.transaction(() => {
      database.exec('DELETE FROM keys; DELETE FROM sent;');
    }),
    close: () => void database.close(),
  };
}
