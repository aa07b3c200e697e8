import type { Options, Query, query } from '@anthropic-ai/claude-agent-sdk/core';
import type { InputQueue } from './input-queue.ts';
import type { Log } from './log.ts';
import { errorBlock } from './result-block.ts';
import type { SessionReader } from './session-reader.ts';

export interface ConversationOptions {
  /** Opens an Agent SDK session. */
  open: typeof query;
  options: Options;
  /** Session to go on with. */
  resume: string | undefined;
  queue: InputQueue;
  reader: SessionReader;
  log: Log;
}

/** `failed` means that an error block was emitted and the process should exit with 1. */
export type End = 'ended' | 'failed';

export interface Conversation {
  /** Runs until the session ends. */
  run(): Promise<End>;
  /** Stops the turn at hand; the session goes on. Does nothing between turns. */
  interrupt(): void;
  /** Ends the session once the work at hand is done. */
  close(): void;
  /** Ends the session now. */
  stop(): void;
}

/**
 * Drives one conversation through the Agent SDK session(s) it needs:
 *
 *   resuming --session does not exist--> fresh      (the same messages run again, the host notices nothing)
 *   resuming | fresh --failed turn or dead process--> failed
 *   resuming | fresh --closed and no work at hand, or stopped--> ended
 */
export function createConversation(given: ConversationOptions): Conversation {
  const { queue, reader, log } = given;
  let session: Query | undefined;
  let isClosing = false;
  let isStopped = false;
  let isInterruptDue = false;

  /** The agent ignores an interrupt before its turn has begun, so that one waits for the beginning. */
  function interruptWhenRunning(): void {
    if (!isInterruptDue || session === undefined || !reader.isTurnRunning()) return;
    isInterruptDue = false;
    session.interrupt().catch((error: unknown) => log(`interrupt: ${String(error)}`));
  }

  /** The agent must not lose its input while it works: answers to its tool calls travel the same way. */
  function endWhenIdle(): void {
    if (isClosing && !reader.isBusy()) queue.end();
  }

  async function attempt(resume: string | undefined): Promise<End | 'stale'> {
    if (isStopped) return 'ended';
    reader.open(resume);
    session = given.open({
      prompt: queue.stream(),
      options: { ...given.options, ...(resume !== undefined && { resume }) },
    });
    let failure = 'it ended by itself';
    try {
      for await (const message of session) {
        const verdict = reader.read(message);
        if (verdict !== 'continue') return verdict;
        interruptWhenRunning();
        endWhenIdle();
      }
    } catch (error) {
      failure = String(error);
    } finally {
      session.close();
    }
    if (isStopped || (isClosing && !reader.isBusy())) return 'ended';
    log(`the agent process is gone: ${failure}`);
    reader.emit(errorBlock('internal'));
    return 'failed';
  }

  return {
    async run() {
      const first = await attempt(given.resume);
      if (first !== 'stale') return first;
      log('the session to resume does not exist any more; starting a new one');
      const second = await attempt(undefined);
      return second === 'stale' ? 'failed' : second;
    },
    interrupt() {
      isInterruptDue = reader.isBusy();
      interruptWhenRunning();
    },
    close() {
      isClosing = true;
      endWhenIdle();
    },
    stop() {
      isStopped = true;
      // An interrupted agent leaves at once and with its transcript in order; a busy one is waited for.
      session?.interrupt().catch(() => {});
      session?.close();
    },
  };
}
