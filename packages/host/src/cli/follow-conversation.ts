import type { ConversationEvent } from '../channels/local/conversation-event.ts';
import { NanoError } from '../kernel/errors.ts';
import type { CliDeps } from './cli-deps.ts';
import type { ControlClient } from './control-client.ts';

/** How long to wait before a host that went away is looked for again, in milliseconds. */
const RECONNECT_MS = 300;

/** What a follower sees: the conversation, and once each when its host went away and when it is back. */
export type FollowedEvent = ConversationEvent | { kind: 'lost' } | { kind: 'back' };

/**
 * A local chat from after a message on, across restarts of the host: it goes on after the last message it gave, so that
 * none is lost or doubled. Ends when the signal aborts. Throws 'host-not-running' when there is no host at first, and
 * what the host refuses.
 */
export async function* followConversation(options: {
  client: Pick<ControlClient, 'events'>;
  jid: string;
  afterSeq: number;
  signal: AbortSignal;
  sleep: CliDeps['sleep'];
}): AsyncGenerator<FollowedEvent> {
  const { client, jid, signal } = options;
  let lastSeq = options.afterSeq;
  let state: 'new' | 'connected' | 'lost' = 'new';
  while (!signal.aborted) {
    try {
      for await (const event of client.events(jid, lastSeq, signal)) {
        if (state === 'lost') yield { kind: 'back' };
        state = 'connected';
        if (event.kind === 'message') lastSeq = event.message.seq;
        yield event;
      }
    } catch (error) {
      const isAway = error instanceof NanoError && error.code === 'host-not-running';
      if (!isAway || state === 'new') throw error;
    }
    if (signal.aborted) return;
    if (state !== 'lost') yield { kind: 'lost' };
    state = 'lost';
    await options.sleep(RECONNECT_MS, signal);
  }
}
