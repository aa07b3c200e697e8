import type { SDKMessage, SDKResultMessage } from '@anthropic-ai/claude-agent-sdk/core';
import type { OutputBlock } from '@nanoclaw/protocol';
import { z } from 'zod';
import type { AckTracker } from './ack-tracker.ts';
import type { Log } from './log.ts';
import type { PartialText } from './partial-text.ts';
import { failureText, isStaleSession, resultBlock } from './result-block.ts';
import { createUsageMeter } from './turn-usage.ts';

/** What a message means for the session: go on, begin again without resuming, or give up. */
export type Verdict = 'continue' | 'stale' | 'failed';

/** Turns the messages of a session into output blocks. */
export interface SessionReader {
  /** Another session begins; `resumed` is the id it goes on with. */
  open(resumed: string | undefined): void;
  read(message: SDKMessage): Verdict;
  /** Emits a block with what is known about the session: its id and what was consumed. */
  emit(block: OutputBlock): void;
  isTurnRunning(): boolean;
  /** True from the start of a turn to its result, and while a message waits for its turn. */
  isBusy(): boolean;
}

export interface SessionReaderOptions {
  tracker: AckTracker;
  partial: PartialText;
  emit: (block: OutputBlock) => void;
  log: Log;
}

/** Sent by the CLI beside the documented messages: one of our messages left its queue for a turn. */
const Started = z.object({
  type: z.literal('command_lifecycle'),
  command_uuid: z.string(),
  state: z.literal('started'),
});

export function createSessionReader({ tracker, partial, emit, log }: SessionReaderOptions): SessionReader {
  const usage = createUsageMeter();
  let resumed: string | undefined;
  let sessionId: string | undefined;
  let hasBegun = false;
  let isTurnRunning = false;
  let assistantError: string | undefined;

  function emitWithState(block: OutputBlock): void {
    const ack = tracker.ack();
    emit({
      ...block,
      ...(sessionId !== undefined && { newSessionId: sessionId }),
      ...(ack !== undefined && { ack }),
    });
  }

  /** Every turn begins with this. A new session id is reported at once: a crash during the turn must not lose it. */
  function begin(id: string): void {
    hasBegun = true;
    isTurnRunning = true;
    assistantError = undefined;
    if (id === sessionId) return;
    sessionId = id;
    emitWithState({ status: 'success', result: null });
  }

  function finish(result: SDKResultMessage): Verdict {
    if (resumed !== undefined && !hasBegun && isStaleSession(result)) return 'stale';
    isTurnRunning = false;
    partial.end();
    tracker.finished(result.user_message_uuids ?? []);
    const block = resultBlock(result, assistantError);
    if (block.status === 'error') log(`turn failed: ${failureText(result)}`);
    emitWithState({ ...block, usage: usage(result) });
    return block.status === 'success' || block.errorKind === 'interrupted' ? 'continue' : 'failed';
  }

  return {
    open(id) {
      resumed = id;
      sessionId = id;
      hasBegun = false;
      isTurnRunning = false;
    },
    read(message) {
      if (message.type === 'result') return finish(message);
      if (message.type === 'system' && message.subtype === 'init') begin(message.session_id);
      else if (message.type === 'stream_event') partial.read(message);
      else if (message.type === 'assistant' && message.parent_tool_use_id === null) assistantError = message.error;
      else {
        const started = Started.safeParse(message);
        if (started.success) tracker.started(started.data.command_uuid);
      }
      return 'continue';
    },
    emit: emitWithState,
    isTurnRunning: () => isTurnRunning,
    isBusy: () => isTurnRunning || tracker.hasUnfinished(),
  };
}
