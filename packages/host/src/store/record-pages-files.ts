import { readFile } from 'node:fs/promises';
import { isMissing } from '../kernel/safe-files.ts';
import { OLD_RECORDS_KEPT, parseEntry, type RecordEntry, type RecordKind, whatIsWrong } from './record-files.ts';

/** What of the record is asked for: the newest first, before an entry's number. */
export interface RecordWish {
  readonly before?: number | undefined;
  readonly limit: number;
  readonly kind?: RecordKind | undefined;
  readonly group?: string | undefined;
}

/** Entries, the newest first; reads no more files than it needs, and lets others work between two of them. */
export async function recordPage(file: string, wish: RecordWish): Promise<RecordEntry[]> {
  const found: RecordEntry[] = [];
  for (const name of filesOf(file)) {
    const lines = await linesOf(name);
    for (let index = lines.length - 1; index >= 0 && found.length < wish.limit; index--) {
      const entry = parseEntry(lines[index] ?? '');
      if (entry !== undefined && isWished(entry, wish)) found.push(entry);
    }
    if (found.length >= wish.limit) break;
  }
  return found;
}

/** Most faults of the chain that are told; a record that is spoilt from end to end has one for each line. */
export const MAX_TOLD_PROBLEMS = 20;

/** Whether the chain is whole: how many entries it has, and the first faults. Holds one file at a time. */
export async function verifyRecord(file: string): Promise<{ entries: number; problems: string[] }> {
  let entries = 0;
  const problems: string[] = [];
  let before: RecordEntry | undefined;
  for (const name of filesOf(file).reverse()) {
    for (const [index, line] of (await linesOf(name)).entries()) {
      if (line === '') continue;
      const entry = parseEntry(line);
      const wrong = entry === undefined ? 'it is no entry' : whatIsWrong(entry, before);
      if (wrong !== undefined && problems.length < MAX_TOLD_PROBLEMS) {
        problems.push(`${name.slice(name.lastIndexOf('/') + 1)} line ${index + 1}: ${wrong}`);
      }
      if (entry === undefined) continue;
      entries += 1;
      before = entry;
    }
  }
  return { entries, problems };
}

/** The newest file first. */
function filesOf(file: string): string[] {
  return [file, ...Array.from({ length: OLD_RECORDS_KEPT }, (_, index) => `${file}.${index + 1}`)];
}

async function linesOf(file: string): Promise<string[]> {
  try {
    return (await readFile(file, 'utf8')).split('\n');
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function isWished({ seq, kind, group }: RecordEntry, wish: RecordWish): boolean {
  return (
    (wish.before === undefined || seq < wish.before) &&
    (wish.kind === undefined || kind === wish.kind) &&
    (wish.group === undefined || group === wish.group)
  );
}
