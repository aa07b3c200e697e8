import { createHash } from 'node:crypto';
import { appendFileSync, closeSync, fstatSync, openSync, readFileSync, readSync, renameSync, statSync } from 'node:fs';
import { z } from 'zod';

/** Largest file of the record, in bytes; a full one becomes `<file>.1`, which becomes `<file>.2` … */
export const MAX_RECORD_BYTES = 10 * 2 ** 20;

/** Older files that are kept beside the one that is written. */
export const OLD_RECORDS_KEPT = 9;

/** Longest entry, in characters; a longer one is kept without its details. */
export const MAX_ENTRY_CHARS = 16 * 1024;

/**
 * What is recorded: hosts that an agent reached or wished to reach, what of the owner's machine it was shown, texts that
 * went to a chat, requests to the host that were refused, registrations, what became of tasks, what the owner was asked for and has said, and sessions of remote control.
 */
export const RECORD_KINDS = [
  'egress',
  'mount',
  'send',
  'request',
  'group',
  'task',
  'approval',
  'remote-control',
] as const;
export type RecordKind = (typeof RECORD_KINDS)[number];

/** One line of the file. `hash` is of everything before it, the hash of the line before included. */
export const RecordEntry = z.object({
  seq: z.number().int().positive(),
  at: z.string(),
  kind: z.enum(RECORD_KINDS),
  group: z.string(),
  detail: z.record(z.string(), z.unknown()),
  prev: z.string(),
  hash: z.string(),
});
export type RecordEntry = z.infer<typeof RecordEntry>;

export interface Recorder {
  /** Never throws: what is recorded has happened, and a full disk must not end the host. See `failures`. */
  add(entry: { kind: RecordKind; group: string; detail: Record<string, unknown>; now: number }): void;
  /** Entries that could not be written since the start. */
  failures(): number;
}

export const NO_RECORD: Recorder = { add: () => undefined, failures: () => 0 };

/** Before the first entry of all. */
const BEGINNING = '0'.repeat(64);

/**
 * Appends to the record. Each entry carries the hash of the one before it: a line that is changed, left out or put in
 * between later breaks the chain (`readRecord`). It is written without waiting for the disk: a power cut may take
 * the last entries, never the chain.
 */
export function openRecord(file: string): Recorder {
  let { isTorn, ...last } = endOf(file);
  let failures = 0;
  return {
    add({ kind, group, detail, now }) {
      const facts = { seq: last.seq + 1, at: new Date(now).toISOString(), kind, group };
      const body = { ...facts, detail: fitting(detail), prev: last.hash };
      const hash = hashOf(body);
      try {
        rotateWhenFull(file);
        const end = isTorn ? '\n' : '';
        appendFileSync(file, `${end}${JSON.stringify({ ...body, hash })}\n`, { mode: 0o600 });
        isTorn = false;
        last = { seq: body.seq, hash };
      } catch {
        failures++;
      }
    },
    failures: () => failures,
  };
}

function fitting(detail: Record<string, unknown>): Record<string, unknown> {
  return JSON.stringify(detail).length <= MAX_ENTRY_CHARS ? detail : { leftOut: 'the details are too long' };
}

export function hashOf(body: Omit<RecordEntry, 'hash'>): string {
  return createHash('sha256').update(JSON.stringify(body)).digest('hex');
}

/** The end of the chain, and whether a host that died has left a line half written, which then needs an end of its own. */
function endOf(file: string): { seq: number; hash: string; isTorn: boolean } {
  const isTorn = !/(^|\n)$/.test(tailOf(file));
  for (const name of [file, `${file}.1`]) {
    const entry = tailOf(name)
      .split('\n')
      .map(parseEntry)
      .findLast((found) => found !== undefined);
    if (entry !== undefined) return { seq: entry.seq, hash: entry.hash, isTorn };
  }
  return { seq: 0, hash: BEGINNING, isTorn };
}

export function parseEntry(line: string): RecordEntry | undefined {
  try {
    return RecordEntry.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

/** Enough of the end of a file to hold the last whole entry; empty when there is no file. */
function tailOf(file: string): string {
  const bytes = MAX_ENTRY_CHARS * 8;
  if (statSync(file, { throwIfNoEntry: false }) === undefined) return '';
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const buffer = Buffer.alloc(Math.min(size, bytes));
    readSync(descriptor, buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString('utf8');
  } finally {
    closeSync(descriptor);
  }
}

function rotateWhenFull(file: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size < MAX_RECORD_BYTES) return;
  for (let age = OLD_RECORDS_KEPT; age > 0; age--) {
    const from = age === 1 ? file : `${file}.${age - 1}`;
    if (statSync(from, { throwIfNoEntry: false })) renameSync(from, `${file}.${age}`);
  }
}

/** All entries that are kept, the oldest first, with what is wrong with the chain; lines are counted per file. */
export function readRecord(file: string): { entries: RecordEntry[]; problems: string[] } {
  const names = Array.from({ length: OLD_RECORDS_KEPT }, (_, index) => `${file}.${OLD_RECORDS_KEPT - index}`);
  const entries: RecordEntry[] = [];
  const problems: string[] = [];
  let before: RecordEntry | undefined;
  for (const name of [...names, file]) {
    if (statSync(name, { throwIfNoEntry: false }) === undefined) continue;
    for (const [index, line] of readFileSync(name, 'utf8').split('\n').entries()) {
      if (line === '') continue;
      const where = `${name} line ${index + 1}`;
      const entry = parseEntry(line);
      if (entry === undefined) {
        problems.push(`${where}: it is no entry`);
        continue;
      }
      const wrong = whatIsWrong(entry, before);
      if (wrong !== undefined) problems.push(`${where}: ${wrong}`);
      entries.push(entry);
      before = entry;
    }
  }
  return { entries, problems };
}

/** Why an entry cannot follow the one before it, or is not what was written. */
export function whatIsWrong(entry: RecordEntry, before: RecordEntry | undefined): string | undefined {
  const { hash, ...body } = entry;
  if (hashOf(body) !== hash) return 'it was changed';
  // The first one that is kept may follow one that was removed because of its age.
  if (before === undefined) return undefined;
  return entry.prev === before.hash && entry.seq === before.seq + 1 ? undefined : 'what stood before it is missing';
}
