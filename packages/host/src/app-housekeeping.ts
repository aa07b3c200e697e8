import { pruneRunLogs } from './agents/run-log-files.ts';
import type { Base } from './app-base.ts';
import { startRetention } from './flows/retention.ts';
import { startLoop, systemClock } from './kernel/clock.ts';
import { describeError } from './kernel/errors.ts';
import { createKeptFiles } from './messages/kept-files.ts';
import { INDEX_BATCH } from './messages/message-search-store.ts';

/** How often it is looked whether the log file is full, in milliseconds. */
const LOG_LOOK_MS = 60_000;

/** How often new messages are taken into the index of the search, in milliseconds; a search takes the rest. */
const INDEX_LOOK_MS = 60_000;

/** Removes what is finished and old, begins a new log when the old one is full, and keeps the search up to date. */
export function startHousekeeping({ config, paths, stores, lifecycle, log }: Base, rotateLog: () => void): void {
  const ending = new AbortController();
  const common = { clock: systemClock, signal: ending.signal };
  const onError = (error: unknown): void => log.error('log.not-rotated', { error: describeError(error) });
  const rotation = startLoop({ ...common, everyMs: LOG_LOOK_MS, body: rotateLog, onError });
  const indexing = startLoop({
    ...common,
    everyMs: INDEX_LOOK_MS,
    async body() {
      while (stores.messages.indexMessages(INDEX_BATCH) === INDEX_BATCH && !ending.signal.aborted) {
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    onError: (error) => log.error('search.not-indexed', { error: describeError(error) }),
  });
  const prunables = [
    { what: 'texts', prune: stores.outbox.prune },
    {
      what: 'sent files',
      prune: createKeptFiles({ directory: paths.files, files: stores.files, now: systemClock.now }).prune,
    },
    { what: 'turns', prune: stores.turns.prune },
    { what: 'task runs', prune: stores.taskRuns.prune },
    { what: 'completed tasks', prune: stores.tasks.pruneCompleted },
    { what: 'model requests', prune: stores.requests.removeBefore },
    { what: 'approvals', prune: stores.approvals.prune },
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
    await Promise.all([rotation.stopped, indexing.stopped, retention]);
  });
}
