/** Longest list of message ids the Agent SDK puts on a result; at this length some may be missing from it. */
const RESULT_ID_LIMIT = 64;

/** Knows which inputs the agent has consumed. Ids are the uuids of the messages handed to the Agent SDK. */
export interface AckTracker {
  /** The message `id` carries input `number`; undefined for inputs that have none (v1's file names). */
  sent(id: string, number: number | undefined): void;
  /** The agent has taken the message into a turn; its turn is not finished yet. */
  started(id: string): void;
  /** A turn ended that had consumed these messages. */
  finished(ids: readonly string[]): void;
  /** Highest input number of all finished turns; undefined before the first. */
  ack(): number | undefined;
  /** True while some message was sent whose turn has not finished. */
  hasUnfinished(): boolean;
  /** Ids that were sent and not finished, oldest first. */
  unfinished(): string[];
}

/** The agent consumes messages in the order they were sent, so the highest finished number covers all below it. */
export function createAckTracker(): AckTracker {
  const waiting = new Map<string, { number: number | undefined; isStarted: boolean }>();
  let highest: number | undefined;

  function finish(id: string): void {
    const message = waiting.get(id);
    if (message === undefined) return;
    waiting.delete(id);
    if (message.number !== undefined && (highest === undefined || message.number > highest)) highest = message.number;
  }

  return {
    sent(id, number) {
      waiting.set(id, { number, isStarted: false });
    },
    started(id) {
      const message = waiting.get(id);
      if (message !== undefined) message.isStarted = true;
    },
    finished(ids) {
      for (const id of ids) finish(id);
      if (ids.length < RESULT_ID_LIMIT) return;
      for (const [id, message] of [...waiting]) if (message.isStarted) finish(id);
    },
    ack: () => highest,
    hasUnfinished: () => waiting.size > 0,
    unfinished: () => [...waiting.keys()],
  };
}
