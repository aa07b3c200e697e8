import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { enginePlaces } from './engine-places.ts';
import { Journal, type JournalFile } from './journal.ts';
import { LIMITS } from './limits.ts';
import { missingFolders, projectPaths, readProjectFile } from './project-files.ts';
import { SkillError } from './skill-error.ts';
import { writeDurably } from './state-files.ts';
import { type Changes, type Entry, hashOf } from './tree.ts';

export interface JournalWish {
  readonly transaction: string;
  readonly what: string;
  readonly changes: Changes;
  readonly watches: boolean;
  readonly earlierFolders: readonly string[];
}

/** Puts on the disk what undoes the transaction. It exists as a whole or not at all. */
export function beginJournal(root: string, wish: JournalWish): Journal {
  const places = enginePlaces(root);
  const draft = places.journalDraft;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(join(draft, 'before'), { recursive: true, mode: 0o700 });
  const paths = [...new Set([...wish.changes.keys(), ...(wish.watches ? projectPaths(root) : [])])];
  let bytes = 0;
  const files = paths.map((path, index): JournalFile => {
    const now = readProjectFile(root, path);
    bytes += now?.bytes.length ?? 0;
    if (bytes > LIMITS.projectBytes) {
      throw new SkillError(
        'skill-failed',
        `the project is larger than ${LIMITS.projectBytes} bytes: move what does not belong to it elsewhere`,
      );
    }
    const before = now ? { ...factsOf(now), modifiedMs: statSync(join(root, path)).mtimeMs } : null;
    if (now) copyFileSync(join(root, path), join(draft, 'before', String(index)));
    const after = wish.changes.get(path);
    return { path, before, ...(wish.changes.has(path) ? { after: after ? factsOf(after) : null } : {}) };
  });
  const written = [...wish.changes].flatMap(([path, entry]) => (entry ? [path] : []));
  const { transaction, what, watches } = wish;
  const folders = missingFolders(root, written);
  const journal: Journal = {
    format: 1,
    transaction,
    what,
    files,
    folders,
    earlier_folders: [...wish.earlierFolders],
    watches,
  };
  writeDurably(join(draft, 'journal.json'), JSON.stringify(journal));
  renameSync(draft, places.journal);
  return journal;
}

/** The journal of a transaction that did not end; what a killed command had only begun to write down is removed. */
export function findJournal(root: string): Journal | undefined {
  const places = enginePlaces(root);
  rmSync(places.journalDraft, { recursive: true, force: true });
  const file = join(places.journal, 'journal.json');
  if (!existsSync(file)) return undefined;
  try {
    return Journal.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new SkillError('skills-damaged', `${file} is damaged: the files as they were are beside it, in before/`, {
      cause,
    });
  }
}

export function hasJournal(root: string): boolean {
  return existsSync(join(enginePlaces(root).journal, 'journal.json'));
}

/** Undoing then has packages to put back, too. */
export function markInstalling(root: string): void {
  writeDurably(join(enginePlaces(root).journal, 'installing'), '');
}

export function hasBegunInstalling(root: string): boolean {
  return existsSync(join(enginePlaces(root).journal, 'installing'));
}

/** The transaction counts, or is undone: nothing is left to do. Moved first, so that half a journal is never read. */
export function endJournal(root: string): void {
  const places = enginePlaces(root);
  rmSync(places.journalDraft, { recursive: true, force: true });
  if (existsSync(places.journal)) renameSync(places.journal, places.journalDraft);
  rmSync(places.journalDraft, { recursive: true, force: true });
}

/** Where the bytes of a file of the journal are. */
export function keptFile(root: string, index: number): string {
  return join(enginePlaces(root).journal, 'before', String(index));
}

/** A file that is written first and then moved to its place. */
export function draftFor(root: string, path: string, transaction: string): string {
  return join(root, dirname(path), `.nanoclaw-${transaction}-${hashOf(Buffer.from(path)).slice(0, 12)}`);
}

function factsOf({ bytes, isExecutable }: Entry): { sha256: string; executable: boolean } {
  return { sha256: hashOf(bytes), executable: isExecutable };
}
