import { expect, test } from 'vitest';
import { costOf } from './prices.ts';

const NONE = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };
const MILLION = 1_000_000;

test.each([
  ['claude-opus-4-6', 5, 25],
  ['claude-opus-4-1-20250805', 15, 75],
  ['claude-opus-4-20250514', 15, 75],
  ['claude-sonnet-4-5', 3, 15],
  ['claude-haiku-4-5-20251001', 1, 5],
  ['a-model-nobody-knows', 15, 75],
  ['', 15, 75],
])('a million tokens of %s cost $%d in and $%d out', (model, input, output) => {
  expect(costOf(model, { ...NONE, inputTokens: MILLION })).toBe(input);
  expect(costOf(model, { ...NONE, outputTokens: MILLION })).toBe(output);
  expect(costOf(model, { ...NONE, cacheReadTokens: MILLION })).toBeCloseTo(input * 0.1);
  expect(costOf(model, { ...NONE, cacheWriteTokens: MILLION })).toBe(input * 2);
});
