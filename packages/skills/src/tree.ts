import { createHash } from 'node:crypto';

/** A file as skills see it: its bytes and whether it may be run. */
export interface Entry {
  readonly bytes: Buffer;
  readonly isExecutable: boolean;
}

/** Looks a path up in a tree, stored or computed. */
export type ReadEntry = (path: string) => Entry | undefined;

/** What becomes of paths: undefined where a file goes away. */
export type Changes = ReadonlyMap<string, Entry | undefined>;

export function textEntry(text: string, isExecutable = false): Entry {
  return { bytes: Buffer.from(text), isExecutable };
}

export function isSameEntry(one: Entry | undefined, other: Entry | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one.isExecutable === other.isExecutable && one.bytes.equals(other.bytes);
}

export function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** A tree with changes laid over it. */
export function overlay(read: ReadEntry, changes: Changes): ReadEntry {
  return (path) => (changes.has(path) ? changes.get(path) : read(path));
}
