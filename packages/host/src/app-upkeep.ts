import { watchApprovals } from './app-approvals.ts';
import type { Base } from './app-base.ts';
import type { Approvals } from './flows/approvals.ts';
import type { ManageTeamDeps } from './flows/manage-team.ts';
import { type WatchAllowlistDeps, watchAllowlist } from './flows/sender-gate.ts';
import { startTeamUpkeep } from './flows/team-upkeep.ts';
import { startWaitingNotices, type WaitingNoticesDeps } from './flows/waiting-notices.ts';
import { startWatchdog, type WatchdogDeps } from './flows/watchdog.ts';

/** What looks after the chats beside the message path: nobody is forgotten, and who waits knows it. */
export function startUpkeep(
  { config, paths, stores }: Pick<Base, 'config' | 'paths' | 'stores'>,
  deps: Omit<
    WatchdogDeps &
      WaitingNoticesDeps &
      WatchAllowlistDeps & { readonly manageTeam: ManageTeamDeps; readonly asked: Approvals },
    keyof Base['stores'] | 'stillWorkingMs' | 'onOutgoing'
  >,
  signal: AbortSignal,
): { stopped: Promise<unknown> } {
  const { STILL_WORKING_AFTER: stillWorkingMs } = config.variables;
  const known = { ...stores, ...deps, onOutgoing: deps.deliverer.wake };
  const watchdog = startWatchdog(known, signal);
  const notices = startWaitingNotices({ ...known, stillWorkingMs }, signal);
  const rules = watchAllowlist(known, signal);
  const teams = startTeamUpkeep({ ...known, places: paths }, signal);
  const approvals = watchApprovals(deps.asked, signal);
  return { stopped: Promise.all([approvals.stopped, watchdog.stopped, notices.stopped, rules.stopped, teams.stopped]) };
}
