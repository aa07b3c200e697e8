import { closeSync, constants, lstatSync, opendirSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { isMissing, openNoFollow, pathOfDescriptor } from './safe-files.ts';

/** Deepest directory that is looked into; a sandbox may nest without end, and each level keeps a descriptor open. */
export const MAX_TREE_DEPTH = 64;

/** Most entries of one tree. */
export const MAX_TREE_ENTRIES = 1_000_000;

/** One name below the root of a tree that a sandbox can write. */
export interface TreeEntry {
  /** Components below the root. */
  readonly below: readonly string[];
  /** Leads to this very entry until the next one is asked for; its last component may be a link by now. */
  readonly path: string;
  readonly stat: Stats;
}

/**
 * Every entry below a directory, parents before children, links as links. Directories are opened by descriptor without
 * following links, so that nothing outside the root is ever reached. What vanishes meanwhile is passed over; what lies
 * too deep, or has a name that is no UTF-8, is not given.
 */
export function* hostileTree(root: string): Generator<TreeEntry> {
  const descriptor = openNoFollow(root, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    yield* entriesOf(pathOfDescriptor(descriptor, root), [], { left: MAX_TREE_ENTRIES });
  } finally {
    closeSync(descriptor);
  }
}

function* entriesOf(path: string, below: readonly string[], budget: { left: number }): Generator<TreeEntry> {
  for (const name of namesIn(path, budget)) {
    const entry = { below: [...below, name], path: join(path, name) };
    const stat = lstatSync(entry.path, { throwIfNoEntry: false });
    if (stat === undefined) continue;
    yield { ...entry, stat };
    if (!stat.isDirectory() || entry.below.length >= MAX_TREE_DEPTH) continue;
    const descriptor = tryOpenDirectory(entry.path);
    if (descriptor === undefined) continue;
    try {
      yield* entriesOf(pathOfDescriptor(descriptor, entry.path), entry.below, budget);
    } finally {
      closeSync(descriptor);
    }
  }
}

function namesIn(path: string, budget: { left: number }): string[] {
  const names: string[] = [];
  const directory = opendirSync(path);
  try {
    for (let entry = directory.readSync(); entry !== null && budget.left > 0; entry = directory.readSync()) {
      budget.left--;
      names.push(entry.name);
    }
  } finally {
    directory.closeSync();
  }
  return names.sort();
}

/** Undefined when it is gone, or has become something else since it was looked at. */
function tryOpenDirectory(path: string): number | undefined {
  try {
    return openNoFollow(path, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    if (isMissing(error) || isRefused(error)) return undefined;
    throw error;
  }
}

function isRefused(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'file-refused';
}
