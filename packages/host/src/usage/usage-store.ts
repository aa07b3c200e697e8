import type { TurnUsage } from '@nanoclaw/protocol';
import type { Database } from '../store/open-store.ts';

/** What was spent since a moment: token counts, US dollars, and in how many results. */
export interface UsageTotals {
  readonly results: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
}

export type UsageStore = ReturnType<typeof createUsageStore>;

export function createUsageStore(database: Database) {
  const insert = database.prepare(`
    INSERT INTO usage (turn_id, group_folder, at, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens,
      cost_usd, duration_ms)
    VALUES (@turnId, @groupFolder, @now, @inputTokens, @outputTokens, @cacheReadTokens, @cacheWriteTokens, @costUsd,
      @durationMs)`);
  const totals = database.prepare(`
    SELECT COUNT(*) AS results, COALESCE(SUM(input_tokens + cache_read_tokens + cache_write_tokens), 0) AS inputTokens,
      COALESCE(SUM(output_tokens), 0) AS outputTokens, COALESCE(SUM(cost_usd), 0) AS costUsd
    FROM usage WHERE at >= ?`);

  return {
    add: (entry: TurnUsage & { turnId: string; groupFolder: string; now: number }) => insert.run(entry),
    totalsSince: (at: number) => totals.get(at) as UsageTotals,
  };
}
