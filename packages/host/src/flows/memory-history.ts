import type { Group } from '../groups/group.ts';
import { type GroupPlaces, groupDirectories } from '../groups/group-files.ts';
import type { MemoryStore, MemoryVersion } from '../groups/memory-store.ts';
import { describeError, NanoError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { isMissing, readHostileFile, removeHostileFile, writeHostileFile } from '../kernel/safe-files.ts';
import type { Recorder } from '../store/record-files.ts';

/** Largest file of which versions are kept, in bytes; a larger one is no memory that is loaded at every start. */
export const MAX_MEMORY_BYTES = 128 * 1024;

export interface MemoryHistoryDeps {
  readonly memory: MemoryStore;
  readonly record: Recorder;
  readonly places: GroupPlaces;
  readonly now: () => number;
  readonly log: Log;
}

/** The folder of everybody's memory, whose versions are kept under its name. */
const GLOBAL = 'global';

/** Files that an agent loads by itself at every start, and where they lie. */
function memoryFiles(places: GroupPlaces, folder: string): { path: string; root: string; below: string[] }[] {
  const { group, claude } = groupDirectories(places, folder);
  const own = { path: 'CLAUDE.md', root: group, below: ['CLAUDE.md'] };
  if (folder === GLOBAL) return [own];
  return [
    own,
    { path: 'CLAUDE.local.md', root: group, below: ['CLAUDE.local.md'] },
    { path: '.claude/CLAUDE.md', root: claude, below: ['CLAUDE.md'] },
    { path: '.claude/settings.json', root: claude, below: ['settings.json'] },
  ];
}

/** Keeps what the files of a group say now, where that is new. Never throws: a group whose files are spoilt goes on. */
export function keepMemory(
  deps: MemoryHistoryDeps,
  group: Pick<Group, 'folder' | 'isMain'>,
  runId: string | null,
): void {
  for (const folder of group.isMain ? [group.folder, GLOBAL] : [group.folder]) {
    for (const { path, ...place } of memoryFiles(deps.places, folder)) {
      try {
        const content = readIfThere(place);
        if (deps.memory.keep({ folder, path, content, runId, now: deps.now() })) {
          deps.log.info('memory.changed', { group: folder, path, run: runId });
        }
      } catch (error) {
        deps.log.warn('memory.not-kept', { group: folder, path, error: describeError(error) });
      }
    }
  }
}

/** Puts a version back in the place of what is there now, which is kept as a version, too. Throws 'not-found'. */
export function restoreMemory(deps: MemoryHistoryDeps, folder: string, id: number): MemoryVersion {
  const version = deps.memory.find(folder, id);
  const place = memoryFiles(deps.places, folder).find(({ path }) => path === version?.path);
  if (version === undefined || place === undefined) {
    throw new NanoError('not-found', `there is no version ${id} of ${folder}: see nanoclaw groups history ${folder}`);
  }
  keepMemory(deps, { folder, isMain: false }, null);
  if (version.content === null) removeHostileFile(place);
  else writeHostileFile({ ...place, content: version.content });
  keepMemory(deps, { folder, isMain: false }, null);
  const detail = { what: 'memory restored', path: version.path, version: id };
  deps.record.add({ kind: 'group', group: folder, detail, now: deps.now() });
  return version;
}

function readIfThere(place: { root: string; below: string[] }): string | null {
  try {
    return readHostileFile({ ...place, maxBytes: MAX_MEMORY_BYTES }).toString('utf8');
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
