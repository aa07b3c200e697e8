import type { Base } from './app-base.ts';
import { startWaitingNotices, type WaitingNoticesDeps } from './flows/waiting-notices.ts';
import { startWatchdog, type WatchdogDeps } from './flows/watchdog.ts';

/** What looks after the chats beside the message path: nobody is forgotten, and who waits knows it. */
export function startUpkeep(
  { config, stores }: Pick<Base, 'config' | 'stores'>,
  deps: Omit<WatchdogDeps & WaitingNoticesDeps, keyof Base['stores'] | 'stillWorkingMs' | 'onOutgoing'>,
  signal: AbortSignal,
): { stopped: Promise<unknown> } {
  const { STILL_WORKING_AFTER: stillWorkingMs } = config.variables;
  const known = { ...stores, ...deps };
  const watchdog = startWatchdog(known, signal);
  const notices = startWaitingNotices({ ...known, stillWorkingMs, onOutgoing: deps.deliverer.wake }, signal);
  return { stopped: Promise.all([watchdog.stopped, notices.stopped]) };
}
