import { cappedRetryDelayMs } from '../kernel/backoff.ts';
import type { Clock } from '../kernel/clock.ts';
import { describeError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { type ChatJid, isTeamChat } from '../messages/message.ts';
import { emptyQueue, type QueueEvent, type QueueState, step } from '../queue/queue.ts';

/** Longest pause before a group's next run, in milliseconds: what waits for the engine is tried as often as this. */
export const MAX_RETRY_PAUSE_MS = 60_000;

/** How a group's run ended for the queue; `retry` carries how often it has failed so far (1 and up). */
export type RunVerdict = { next: 'rest' } | { next: 'retry'; failures: number };

export interface QueueRunner {
  handle(event: QueueEvent): void;
  state(): QueueState;
  /** Starts nothing more; resolves when the runs that are under way have ended. */
  stop(): Promise<void>;
  /** Nothing starts from now on; returns at once. */
  shutDown(): void;
}

/** Feeds the pure queue with events and carries out its commands. */
export function createQueueRunner(deps: {
  cap: number;
  clock: Clock;
  random: () => number;
  /** Runs the group until its sandbox has ended. */
  run: (chatJid: ChatJid) => Promise<RunVerdict>;
  close: (chatJid: ChatJid) => void;
  /** Called after a run has ended and its slot is free. */
  afterRun: (chatJid: ChatJid) => void;
  log: Log;
}): QueueRunner {
  let state = emptyQueue(deps.cap, isTeamChat);
  const running = new Set<Promise<void>>();
  const stopping = new AbortController();

  function handle(event: QueueEvent): void {
    const next = step(state, event);
    state = next.state;
    for (const command of next.commands) {
      const chatJid = command.group as ChatJid;
      if (command.kind === 'close') deps.close(chatJid);
      else track(runGroup(chatJid));
    }
  }

  function track(job: Promise<void>): void {
    const tracked = job.finally(() => running.delete(tracked));
    running.add(tracked);
  }

  async function runGroup(chatJid: ChatJid): Promise<void> {
    const verdict = await deps.run(chatJid).catch((error: unknown): RunVerdict => {
      deps.log.error('queue.run-failed', { chat: chatJid, error: describeError(error) });
      return { next: 'retry', failures: 1 };
    });
    handle({ kind: 'exited', group: chatJid, next: verdict.next });
    if (verdict.next === 'retry') void retryLater(chatJid, verdict.failures);
    else deps.afterRun(chatJid);
  }

  async function retryLater(chatJid: ChatJid, failures: number): Promise<void> {
    const ms = cappedRetryDelayMs(failures, deps.random(), MAX_RETRY_PAUSE_MS);
    deps.log.info('queue.retry-scheduled', { chat: chatJid, failures, ms });
    await deps.clock.sleep(ms, stopping.signal);
    if (!stopping.signal.aborted) handle({ kind: 'retry-due', group: chatJid });
  }

  const shutDown = (): void => {
    stopping.abort();
    handle({ kind: 'shut-down' });
  };
  return {
    handle,
    state: () => state,
    shutDown,
    async stop() {
      shutDown();
      await Promise.all(running);
    },
  };
}
