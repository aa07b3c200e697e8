import { randomUUID } from 'node:crypto';
import type { SDKUserMessage } from '@anthropic-ai/claude-agent-sdk/core';
import type { AckTracker } from './ack-tracker.ts';

/** Messages on their way to the agent. One open stream of them is one Agent SDK session. */
export interface InputQueue {
  /** Resolves when the Agent SDK has taken the message. `number` is its input number, if it has one. */
  push(text: string, number: number | undefined): Promise<void>;
  /** A new stream: first what an earlier stream gave away without effect, then what is pushed. Ends after `end()`. */
  stream(): AsyncIterable<SDKUserMessage>;
  /** Ends the open stream once everything pushed was taken. */
  end(): void;
}

interface Entry {
  message: SDKUserMessage & { uuid: NonNullable<SDKUserMessage['uuid']> };
  taken: () => void;
}

/** Messages are remembered until `tracker` says that a turn finished with them, so that a turn can be run again. */
export function createInputQueue(tracker: AckTracker): InputQueue {
  let entries: Entry[] = [];
  let next = 0;
  let isEnded = false;
  let wake: () => void = () => {};
  let current = 0;

  function rewind(): void {
    const unfinished = new Set(tracker.unfinished());
    entries = entries.filter((entry) => unfinished.has(entry.message.uuid));
    next = 0;
  }

  /** Finished messages at the front are forgotten; memory holds only what may be needed again. */
  function forgetFinished(): void {
    const unfinished = new Set(tracker.unfinished());
    while (next > 0 && entries[0] !== undefined && !unfinished.has(entries[0].message.uuid)) {
      entries.shift();
      next--;
    }
  }

  async function* messages(mine: number): AsyncGenerator<SDKUserMessage> {
    while (mine === current) {
      const entry = entries[next];
      if (entry !== undefined) {
        next++;
        yield entry.message;
        // Being asked for more means that the message is written to the agent process.
        entry.taken();
        continue;
      }
      if (isEnded) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }

  return {
    push(text, number) {
      const uuid = randomUUID();
      tracker.sent(uuid, number);
      forgetFinished();
      return new Promise((taken) => {
        entries.push({
          message: { type: 'user', uuid, message: { role: 'user', content: text }, parent_tool_use_id: null },
          taken,
        });
        wake();
      });
    },
    stream() {
      current++;
      wake();
      rewind();
      return messages(current);
    },
    end() {
      isEnded = true;
      wake();
    },
  };
}
