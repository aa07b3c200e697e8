import { setMaxListeners } from 'node:events';
import type { CliDeps, RunningHost } from './cli-deps.ts';
import { aborted, EXIT } from './command-context.ts';
import type { Output } from './output.ts';

/** ^C in two stages: the first asks for an orderly end, the second for an end at once. */
export interface StopSignals {
  readonly first: AbortSignal;
  readonly second: AbortSignal;
  /** Counts as a signal: a raw terminal hands ^C over as a key. */
  press(): void;
  /** Lets go of the process's signals. */
  end(): void;
}

export function watchStopSignals(deps: Pick<CliDeps, 'onStopSignal'>): StopSignals {
  const first = new AbortController();
  const second = new AbortController();
  // A locked home is tried many times, and every try waits for the signals: Node would take that for a leak.
  setMaxListeners(0, first.signal, second.signal);
  const press = (): void => (first.signal.aborted ? second : first).abort();
  const end = deps.onStopSignal(press);
  return { first: first.signal, second: second.signal, press, end };
}

/**
 * Waits for a host to start. Returns undefined when it was stopped for the second time meanwhile; the first stop waits,
 * because a host that has started can be ended in an orderly way.
 */
export async function startUnlessStopped(
  starting: Promise<RunningHost>,
  stops: StopSignals,
): Promise<RunningHost | undefined> {
  return Promise.race([starting, aborted(stops.second).then(() => undefined)]);
}

/** Ends a host of this process in an orderly way, or at once on the second signal. Returns the exit code. */
export async function endHost(host: RunningHost, stops: StopSignals, out: Output): Promise<number> {
  out.note('stopping: what is under way is finished first; ^C again stops at once');
  void aborted(stops.second).then(() => host.stopNow());
  await host.drain();
  if (stops.second.aborted) await host.stopNow();
  out.note('stopped');
  return stops.second.aborted ? EXIT.interrupted : EXIT.done;
}
