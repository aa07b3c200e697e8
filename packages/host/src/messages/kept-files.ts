import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { NanoError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { copyHostileFile } from '../kernel/safe-files.ts';
import { fileKind, KIND_BYTES, safeFileName } from './file-kind.ts';
import type { FileStore, KeptFile } from './file-store.ts';

/** Largest file that an agent can send, in bytes: what Telegram takes from bots. */
export const MAX_SENT_FILE_BYTES = 50 * 1024 * 1024;

/** Most that is kept of the files one group has sent, in bytes; the oldest that were sent make room. */
export const MAX_GROUP_FILES_BYTES = 500 * 1024 * 1024;

export type KeptFiles = ReturnType<typeof createKeptFiles>;

/** The host's own copies of what agents have sent: no sandbox can change what is on its way. */
export function createKeptFiles({ directory, files, now }: { directory: string; files: FileStore; now: () => number }) {
  const pathOf = (key: string): string => join(directory, key);

  function forget({ key }: KeptFile): void {
    rmSync(pathOf(key), { force: true });
    files.remove(key);
  }

  function makeRoom(folder: string, bytes: number): void {
    while (files.bytesOf(folder) + bytes > MAX_GROUP_FILES_BYTES) {
      const oldest = files.oldestSent(folder);
      if (oldest === undefined) throw new NanoError('file-refused', 'too many files of this chat wait to be sent');
      forget(oldest);
    }
  }

  return {
    pathOf,
    /** Copies a file out of a group's folder. Throws 'file-refused', and the machine's own errors. */
    keep(root: string, below: readonly string[], folder: string): KeptFile {
      const key = newId('file');
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      try {
        const { bytes, head } = copyHostileFile({ root, below, maxBytes: MAX_SENT_FILE_BYTES, target: pathOf(key) });
        makeRoom(folder, bytes);
        const kind = fileKind(head.subarray(0, KIND_BYTES));
        const file = {
          key,
          groupFolder: folder,
          name: safeFileName(below.at(-1) ?? ''),
          ...kind,
          bytes,
          createdAt: now(),
        };
        files.add(file);
        return file;
      } catch (error) {
        rmSync(pathOf(key), { force: true });
        throw error;
      }
    },
    forget,
    /** Removes what was sent before a moment, at most `limit`; gives how many. */
    prune(before: number, limit: number): number {
      const old = files.sentBefore(before, limit);
      for (const file of old) forget(file);
      return old.length;
    },
  };
}
