import { join } from 'node:path';

/** Where the engine keeps what it knows, below the project. */
export function enginePlaces(root: string) {
  const home = join(root, '.nanoclaw');
  return {
    home,
    lock: join(home, 'lock'),
    state: join(home, 'skills-state.json'),
    objects: join(home, 'objects'),
    journal: join(home, 'journal'),
    journalDraft: join(home, 'journal.new'),
    aside: join(home, 'aside'),
  };
}

/** Where skills are looked for. */
export function catalogueFolder(root: string): string {
  return join(root, '.claude', 'skills');
}
