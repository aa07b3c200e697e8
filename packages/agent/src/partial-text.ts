import type { SDKPartialAssistantMessage } from '@anthropic-ai/claude-agent-sdk/core';

/** Time as the throttle sees it. `after` returns a function that cancels. */
export interface Timer {
  nowMs(): number;
  after(ms: number, run: () => void): () => void;
}

/** Previews of the answer being written. */
export interface PartialText {
  read(event: SDKPartialAssistantMessage): void;
  /** The turn is over: nothing of it is published any more. */
  end(): void;
}

/** Fifteen previews a second look like typing; more would only cost. */
const INTERVAL_MS = 67;

/** Publishes the text of the model message being written. Text of sub-agents and abandoned attempts is left out. */
export function createPartialText(publish: (text: string) => void, timer: Timer): PartialText {
  let text = '';
  let publishedAt = Number.NEGATIVE_INFINITY;
  let cancel: (() => void) | undefined;

  function publishNow(): void {
    cancel = undefined;
    publishedAt = timer.nowMs();
    publish(text);
  }

  function end(): void {
    cancel?.();
    cancel = undefined;
    text = '';
  }

  return {
    read({ event, parent_tool_use_id: parent }) {
      if (parent !== null) return;
      if (event.type === 'message_start') end();
      if (event.type !== 'content_block_delta' || event.delta.type !== 'text_delta') return;
      text += event.delta.text;
      if (cancel !== undefined) return;
      const waitMs = publishedAt + INTERVAL_MS - timer.nowMs();
      if (waitMs <= 0) publishNow();
      else cancel = timer.after(waitMs, publishNow);
    },
    end,
  };
}
