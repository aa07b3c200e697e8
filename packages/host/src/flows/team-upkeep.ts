import type { GroupPlaces } from '../groups/group-files.ts';
import type { MemoryStore } from '../groups/memory-store.ts';
import { removeTeamFolders } from '../groups/team-files.ts';
import { type Clock, startLoop } from '../kernel/clock.ts';
import { describeError } from '../kernel/errors.ts';
import { dismissIdleTeams, type ManageTeamDeps } from './manage-team.ts';

/** How often it is looked whether a teammate is still needed, in milliseconds. */
export const TEAM_LOOK_MS = 10 * 60_000;

/** Dismisses teammates that are not needed any more, and removes what they have left. */
export function startTeamUpkeep(
  deps: {
    readonly manageTeam: ManageTeamDeps;
    readonly memory: Pick<MemoryStore, 'forget'>;
    readonly places: GroupPlaces;
    readonly clock: Clock;
  },
  signal: AbortSignal,
): { stopped: Promise<void> } {
  const { manageTeam, memory, places, clock } = deps;
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
      for (const folder of removed) {
        groups.clearSession(folder);
        memory.forget(folder);
        log.info('team.removed', { folder });
      }
    },
  });
}
