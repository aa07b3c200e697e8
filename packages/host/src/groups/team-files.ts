import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { GroupPlaces } from './group-files.ts';

/** Folders of teammates, as they are named when one is made. */
const TEAM_FOLDER = /^team-[0-9a-f]{12}$/;

/**
 * Removes what teammates have left that are no more; gives their folders. `inUse` are those that are registered or whose sandbox
 * is still there: nobody writes in the others. Links in them are removed, not followed.
 */
export function removeTeamFolders(places: GroupPlaces, inUse: ReadonlySet<string>): string[] {
  const left = readdirSync(places.groups).filter((name) => TEAM_FOLDER.test(name) && !inUse.has(name));
  for (const name of left) {
    for (const place of [places.sessions, places.mailboxes, places.groups]) {
      rmSync(join(place, name), { recursive: true, force: true });
    }
  }
  return left;
}
