import { pruneRunLogs } from './agents/run-log-files.ts';
import type { Base } from './app-base.ts';
import { startRetention } from './flows/retention.ts';
import { startLoop, systemClock } from './kernel/clock.ts';
import { describeError } from './kernel/errors.ts';

/** How often it is looked whether the log file is full, in milliseconds. */
const LOG_LOOK_MS = 60_000;

/** Removes what is finished and old, and begins a new log when the old one is full. */
export function startHousekeeping({ config, paths, stores, lifecycle, log }: Base, rotateLog: () => void): void {
  const ending = new AbortController();
  const common = { clock: systemClock, signal: ending.signal };
  const onError = (error: unknown): void => log.error('log.not-rotated', { error: describeError(error) });
  const rotation = startLoop({ ...common, everyMs: LOG_LOOK_MS, body: rotateLog, onError });
  const prunables = [
    { what: 'texts', prune: stores.outbox.prune },
    { what: 'turns', prune: stores.turns.prune },
    { what: 'task runs', prune: stores.taskRuns.prune },
    { what: 'model requests', prune: stores.requests.removeBefore },
    { what: 'quarantine', prune: stores.quarantine.prune },
    {
      what: 'run logs',
      prune: (before: number, limit: number) => pruneRunLogs(paths.logs, before, limit),
    },
  ];
  const { RETENTION_DAYS: days } = config.variables;
  const retention = startRetention({ days, prunables, clock: systemClock, log }, ending.signal);
  lifecycle.started('housekeeping', async () => {
    ending.abort();
    await Promise.all([rotation.stopped, retention]);
  });
}
