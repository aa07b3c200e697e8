import { type FSWatcher, watch } from 'node:fs';
import type { Clock } from '../kernel/clock.ts';

/** Shortest time from a file event to the look it causes, in milliseconds: a document is a temporary file at first. */
const PAUSE_MS = 10;

/** How many times as long as its last look took a mailbox then waits at least: no sandbox has the host to itself. */
const REST_FACTOR = 4;

/** Tells `look` that something may have happened in the folders; it may lose events, the poll finds what they meant. */
export type WatchFolders = (options: { folders: readonly string[]; clock: Clock; look: () => void }) => {
  close(): void;
};

/**
 * Calls `look` soon after something happens in one of the folders. A sandbox can cause events faster than they are
 * read, and Node reads them until there are none and does nothing else: so the first event ends the watch, and the
 * watch begins again after a pause.
 */
export const watchFolders: WatchFolders = ({ folders, clock, look }) => {
  const closed = new AbortController();
  let watchers: FSWatcher[] = [];
  let tookMs = 0;

  function begin(): void {
    watchers = folders.flatMap((folder) => watchFolder(folder, onEvent));
  }

  function end(): void {
    for (const watcher of watchers) watcher.close();
    watchers = [];
  }

  function onEvent(): void {
    if (watchers.length === 0) return;
    end();
    void clock.sleep(Math.max(PAUSE_MS, REST_FACTOR * tookMs), closed.signal).then(() => {
      if (closed.signal.aborted) return;
      begin();
      const startedAt = clock.now();
      look();
      tookMs = clock.now() - startedAt;
    });
  }

  begin();
  return {
    close() {
      closed.abort();
      end();
    },
  };
};

/** No watch is no harm: the poll finds the documents too. */
function watchFolder(directory: string, onEvent: () => void): FSWatcher[] {
  try {
    const watcher = watch(directory, onEvent);
    watcher.on('error', () => watcher.close());
    return [watcher];
  } catch {
    return [];
  }
}
