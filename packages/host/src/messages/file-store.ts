import type { Database } from '../store/open-store.ts';
import type { Attachment } from './message.ts';

/** A file that an agent has sent, as the host keeps it. */
export interface KeptFile {
  /** Its name on the disk. */
  readonly key: string;
  readonly groupFolder: string;
  /** The name that people see. */
  readonly name: string;
  readonly type: Attachment['type'];
  readonly mime: string;
  readonly bytes: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

export type FileStore = ReturnType<typeof createFileStore>;

/** What is known of the files that agents have sent. */
export function createFileStore(database: Database) {
  const columns = 'key, group_folder AS groupFolder, name, type, mime, bytes, created_at AS createdAt';
  const unsent = `EXISTS (SELECT 1 FROM outbox WHERE state IN ('pending', 'sending')
    AND json_extract(payload, '$.key') = files.key)`;
  const insert = database.prepare(`
    INSERT INTO files (key, group_folder, name, type, mime, bytes, created_at)
    VALUES (@key, @groupFolder, @name, @type, @mime, @bytes, @createdAt)`);
  const find = database.prepare(`SELECT ${columns} FROM files WHERE key = ?`);
  const bytesOf = database.prepare('SELECT COALESCE(SUM(bytes), 0) FROM files WHERE group_folder = ?').pluck();
  const oldest = database.prepare(
    `SELECT ${columns} FROM files WHERE group_folder = ? AND NOT ${unsent} ORDER BY created_at, key LIMIT 1`,
  );
  const before = database.prepare(
    `SELECT ${columns} FROM files WHERE created_at < ? AND NOT ${unsent} ORDER BY created_at LIMIT ?`,
  );
  const remove = database.prepare('DELETE FROM files WHERE key = ?');

  return {
    add: (file: KeptFile) => insert.run(file),
    find: (key: string) => find.get(key) as KeptFile | undefined,
    bytesOf: (folder: string) => Number(bytesOf.get(folder)),
    /** The oldest file of a group that is not waiting to be sent. */
    oldestSent: (folder: string) => oldest.get(folder) as KeptFile | undefined,
    /** Files from before a moment that are not waiting to be sent. */
    sentBefore: (at: number, limit: number) => before.all(at, limit) as KeptFile[],
    remove: (key: string) => remove.run(key),
  };
}
