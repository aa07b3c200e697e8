import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { open, readdir, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isMissing } from '../kernel/safe-files.ts';

/** Where the raw output of one run goes: what is neither a block nor secret. Bounded; never grows without limit. */
export interface RunLog {
  line(source: 'stdout' | 'stderr', text: string): void;
  close(): void;
}

/** The log of one run below the host's own log directory, which no sandbox sees. A run without output leaves no file. */
export function openRunLog(path: string, maxBytes: number): RunLog {
  let stream: WriteStream | undefined;
  let left = maxBytes;
  return {
    line(source, text) {
      if (left <= 0) return;
      stream ??= createLogFile(path);
      const entry = `${source}: ${text}\n`;
      left -= Buffer.byteLength(entry);
      stream.write(left > 0 ? entry : 'the rest was left out: the log of this run is full\n');
    },
    close: () => stream?.end(),
  };
}

function createLogFile(path: string): WriteStream {
  // A full disk must not end the run; the host's own log tells about the disk.
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  } catch {}
  const stream = createWriteStream(path, { mode: 0o600 });
  stream.on('error', () => {});
  return stream;
}

/** Removes logs of runs that were last written before a moment, at most `limit`; returns how many. */
export async function pruneRunLogs(directory: string, before: number, limit: number): Promise<number> {
  let removed = 0;
  for (const entry of await readdir(directory, { withFileTypes: true, recursive: true })) {
    if (removed >= limit) break;
    if (!entry.isFile() || entry.parentPath === directory || !entry.name.endsWith('.log')) continue;
    const file = join(entry.parentPath, entry.name);
    if ((await stat(file)).mtimeMs >= before) continue;
    await unlink(file);
    removed++;
  }
  return removed;
}

/** A piece of a log: whole lines, and where the next piece begins. */
export interface RunLogPiece {
  readonly text: string;
  readonly to: number;
}

/** At most `maxBytes` of a run's log from an offset on, or its end without one. A run that said nothing yet has no log. */
export async function readRunLog(path: string, from: number | undefined, maxBytes: number): Promise<RunLogPiece> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (isMissing(error)) return { text: '', to: from ?? 0 };
    throw error;
  }
  try {
    const { size } = await file.stat();
    const start = Math.min(from ?? Math.max(0, size - maxBytes), size);
    const buffer = Buffer.alloc(Math.min(maxBytes, size - start));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, start);
    // A line that is still being written, or that the limit cuts, comes with the next piece.
    const lastLine = buffer.lastIndexOf(10, bytesRead - 1) + 1;
    const end = lastLine > 0 ? lastLine : bytesRead === maxBytes ? bytesRead : 0;
    const begin = from === undefined && start > 0 ? Math.max(0, buffer.indexOf(10) + 1) : 0;
    return { text: buffer.toString('utf8', Math.min(begin, end), end), to: start + end };
  } finally {
    await file.close();
  }
}
