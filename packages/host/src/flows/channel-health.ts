/** What has passed through one channel since the host started. Times are milliseconds since the epoch. */
export interface ChannelTraffic {
  readonly lastInboundAt?: number;
  readonly lastOutboundAt?: number;
  /** The last send that the platform did not take; in the owner's words, without secrets. */
  readonly lastError?: { readonly at: number; readonly reason: string };
}

export type ChannelHealth = ReturnType<typeof createChannelHealth>;

/** Remembers the last message, the last send and the last failure of each channel, by the channel's name. */
export function createChannelHealth(now: () => number) {
  const known = new Map<string, ChannelTraffic>();
  const note = (channel: string, news: ChannelTraffic): unknown =>
    known.set(channel, { ...known.get(channel), ...news });
  return {
    received: (channel: string) => note(channel, { lastInboundAt: now() }),
    sent: (channel: string) => note(channel, { lastOutboundAt: now() }),
    failed: (channel: string, reason: string) => note(channel, { lastError: { at: now(), reason } }),
    of: (channel: string): ChannelTraffic => known.get(channel) ?? {},
  };
}
