import type { GroupPlaces } from '../groups/group-files.ts';
import { removeTeamFolders } from '../groups/team-files.ts';
import { type Clock, startLoop } from '../kernel/clock.ts';
import { describeError } from '../kernel/errors.ts';
import { dismissIdleTeams, type ManageTeamDeps } from './manage-team.ts';

/** How often it is looked whether a teammate is still needed, in milliseconds. */
export const TEAM_LOOK_MS = 10 * 60_000;

/** Dismisses teammates that are not needed any more, and removes what they have left. */
export function startTeamUpkeep(
  deps: { readonly manageTeam: ManageTeamDeps; readonly places: GroupPlaces; readonly clock: Clock },
  signal: AbortSignal,
): { stopped: Promise<void> } {
  const { manageTeam, places, clock } = deps;
  const { log, groups, liveAgents } = manageTeam;
  return startLoop({
    clock,
    everyMs: TEAM_LOOK_MS,
    signal,
    onError: (error) => log.error('teams.failed', { error: describeError(error) }),
    body() {
      dismissIdleTeams(manageTeam);
      const known = [
        ...groups.list(),
        ...liveAgents()
          .list()
          .map(({ group }) => group),
      ];
      const removed = removeTeamFolders(places, new Set(known.map(({ folder }) => folder)));
      if (removed > 0) log.info('teams.removed', { folders: removed });
    },
  });
}
