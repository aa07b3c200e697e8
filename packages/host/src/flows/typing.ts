import type { Channel } from '../channels/channel.ts';
import type { Clock } from '../kernel/clock.ts';
import type { ChatJid } from '../messages/message.ts';

/** Platforms forget "typing…" after about five seconds, so it is said again a little sooner. */
const REFRESH_MS = 4_000;

export interface Typing {
  begin(chatJid: ChatJid): void;
  end(chatJid: ChatJid): void;
  stop(): void;
}

/** Keeps "typing…" alive in a chat for as long as its agent works. Best effort: nothing waits for it. */
export function createTyping(deps: { clock: Clock; channelOf: (chatJid: ChatJid) => Channel | undefined }): Typing {
  const active = new Map<ChatJid, AbortController>();

  async function keepTyping(chatJid: ChatJid, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      void deps.channelOf(chatJid)?.setTyping(chatJid, true);
      await deps.clock.sleep(REFRESH_MS, signal);
    }
  }

  function end(chatJid: ChatJid): void {
    active.get(chatJid)?.abort();
    if (active.delete(chatJid)) void deps.channelOf(chatJid)?.setTyping(chatJid, false);
  }

  return {
    begin(chatJid) {
      if (active.has(chatJid)) return;
      const controller = new AbortController();
      active.set(chatJid, controller);
      void keepTyping(chatJid, controller.signal);
    },
    end,
    stop() {
      for (const chatJid of [...active.keys()]) end(chatJid);
    },
  };
}
