import { describeError } from './errors.ts';
import type { Log } from './log.ts';

/** Parts stop in the reverse of the order they started in. */
export interface Lifecycle {
  /** Registers how to stop a part that has just started. `stop` resolves when what it began has ended. */
  started(name: string, stop: () => Promise<void> | void): void;
  /** Stops everything once; a part that fails to stop is logged and does not keep the others from stopping. */
  stopAll(): Promise<void>;
}

export function createLifecycle(log: Log): Lifecycle {
  const parts: { name: string; stop: () => Promise<void> | void }[] = [];
  let stopping: Promise<void> | undefined;

  async function stopInReverse(): Promise<void> {
    for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
      try {
        await part.stop();
        log.debug('part.stopped', { part: part.name });
      } catch (error) {
        log.error('part.stop-failed', { part: part.name, error: describeError(error) });
      }
    }
  }

  return {
    started: (name, stop) => {
      parts.push({ name, stop });
    },
    stopAll: () => {
      stopping ??= stopInReverse();
      return stopping;
    },
  };
}
