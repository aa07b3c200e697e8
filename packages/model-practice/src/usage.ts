const bytesPerToken = 4;

/** A plausible number of tokens for a text of this size: at least one. */
export function estimateTokens(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / bytesPerToken));
}
