import type { SDKResultMessage } from '@anthropic-ai/claude-agent-sdk/core';
import { expect, test } from 'vitest';
import { createUsageMeter } from './turn-usage.ts';

const USAGE = { input_tokens: 1, output_tokens: 2, cache_read_input_tokens: 3, cache_creation_input_tokens: 4 };

function aResult(totalCostUsd: number, more: object = {}): SDKResultMessage {
  const result = { type: 'result', subtype: 'success', duration_ms: 50, total_cost_usd: totalCostUsd, usage: USAGE };
  return { ...result, ...more } as unknown as SDKResultMessage;
}

function aModel(costUSD: number, tokens: number) {
  const counts = { inputTokens: tokens, outputTokens: tokens, cacheReadInputTokens: 0, cacheCreationInputTokens: 0 };
  return { ...counts, costUSD, webSearchRequests: 0 };
}

test('the usage of a result covers every model that worked on it, sub-agents included', () => {
  const measure = createUsageMeter();

  const usage = measure(
    aResult(9, { model_usage_since_last_result: { large: aModel(0.5, 10), small: aModel(0.25, 1) } }),
  );

  expect(usage).toEqual({
    inputTokens: 11,
    outputTokens: 11,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    costUsd: 0.75,
    durationMs: 50,
  });
});

test('without per-result totals the cost is what the running total grew by', () => {
  const measure = createUsageMeter();

  const costs = [aResult(0.5), aResult(0.75), aResult(0)].map((result) => measure(result).costUsd);

  expect(costs).toEqual([0.5, 0.25, 0]);
});
