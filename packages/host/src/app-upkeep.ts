import type { Base } from './app-base.ts';
import { type WatchAllowlistDeps, watchAllowlist } from './flows/sender-gate.ts';
import { startWaitingNotices, type WaitingNoticesDeps } from './flows/waiting-notices.ts';
import { startWatchdog, type WatchdogDeps } from './flows/watchdog.ts';

/** What looks after the chats beside the message path: nobody is forgotten, and who waits knows it. */
export function startUpkeep(
  { config, stores }: Pick<Base, 'config' | 'stores'>,
  deps: Omit<
    WatchdogDeps & WaitingNoticesDeps & WatchAllowlistDeps,
    keyof Base['stores'] | 'stillWorkingMs' | 'onOutgoing'
  >,
  signal: AbortSignal,
): { stopped: Promise<unknown> } {
  const { STILL_WORKING_AFTER: stillWorkingMs } = config.variables;
  const known = { ...stores, ...deps, onOutgoing: deps.deliverer.wake };
  const watchdog = startWatchdog(known, signal);
  const notices = startWaitingNotices({ ...known, stillWorkingMs }, signal);
  const rules = watchAllowlist(known, signal);
  return { stopped: Promise.all([watchdog.stopped, notices.stopped, rules.stopped]) };
}
