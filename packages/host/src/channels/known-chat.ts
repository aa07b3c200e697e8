import type { Instant } from '../kernel/clock.ts';
import type { ChatJid } from '../messages/message.ts';

/** A registered chat, as a channel needs it to fetch what was written while it was away. */
export interface KnownChat {
  readonly chatJid: ChatJid;
  /** The newest messages of people in it, the newest first: what was written since is missed. */
  readonly newest: readonly { readonly id: string; readonly thread?: string }[];
  /** Where there are none: the moment from which on what is written counts. */
  readonly since: Instant;
}
