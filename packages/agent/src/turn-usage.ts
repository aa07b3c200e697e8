import type { SDKResultMessage } from '@anthropic-ai/claude-agent-sdk/core';
import type { TurnUsage } from '@nanoclaw/protocol';
import { z } from 'zod';

/** What the CLI sends with each result besides the documented fields: all model calls since the result before. */
const SinceLastResult = z.object({
  model_usage_since_last_result: z.record(
    z.string(),
    z.object({
      inputTokens: z.number(),
      outputTokens: z.number(),
      cacheReadInputTokens: z.number(),
      cacheCreationInputTokens: z.number(),
      costUSD: z.number(),
    }),
  ),
});

/** Turns results into the usage of that result alone; `total_cost_usd` runs on over a session and its resumptions. */
export function createUsageMeter(): (result: SDKResultMessage) => TurnUsage {
  let costBefore = 0;
  return (result) => {
    const since = SinceLastResult.safeParse(result);
    const costUsd = Math.max(0, result.total_cost_usd - costBefore);
    costBefore = result.total_cost_usd;
    if (!since.success) return mainLineUsage(result, costUsd);
    const total: TurnUsage = { ...NOTHING, durationMs: result.duration_ms };
    for (const model of Object.values(since.data.model_usage_since_last_result)) {
      total.inputTokens += model.inputTokens;
      total.outputTokens += model.outputTokens;
      total.cacheReadTokens += model.cacheReadInputTokens;
      total.cacheWriteTokens += model.cacheCreationInputTokens;
      total.costUsd += model.costUSD;
    }
    return total;
  };
}

const NOTHING = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: 0 };

/** Without sub-agents; for a CLI that does not send the per-result totals. */
function mainLineUsage(result: SDKResultMessage, costUsd: number): TurnUsage {
  return {
    inputTokens: result.usage.input_tokens,
    outputTokens: result.usage.output_tokens,
    cacheReadTokens: result.usage.cache_read_input_tokens,
    cacheWriteTokens: result.usage.cache_creation_input_tokens,
    costUsd,
    durationMs: result.duration_ms,
  };
}
