/** Tokens of one model request, as the model service counts them. */
export interface TokenCounts {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
}

/** US dollars for a million tokens. */
interface Price {
  readonly input: number;
  readonly output: number;
}

/** The dearest there is: a model that is not known must not cost too little. */
const UNKNOWN: Price = { input: 15, output: 75 };

/** List prices of the model service by beginnings of model names, the most exact first (platform.claude.com, pricing). */
const PRICES: readonly (readonly [RegExp, Price])[] = [
  [/^claude-opus-4-[5-9]/, { input: 5, output: 25 }],
  [/^claude-(opus-4|3-opus)/, UNKNOWN],
  [/^claude-(sonnet-4|3-[57]-sonnet|3-sonnet)/, { input: 3, output: 15 }],
  [/^claude-haiku-4/, { input: 1, output: 5 }],
  [/^claude-3-5-haiku/, { input: 0.8, output: 4 }],
  [/^claude-3-haiku/, { input: 0.25, output: 1.25 }],
];

/** What reading and writing the cache costs, as parts of the input's price; writing as for the longer of its two lives. */
const CACHE = { read: 0.1, write: 2 };

const MILLION = 1_000_000;

/** US dollars of one request at list price. For budgets: never too little, at times too much. */
export function costOf(model: string, tokens: TokenCounts): number {
  const price = PRICES.find(([name]) => name.test(model))?.[1] ?? UNKNOWN;
  const input = tokens.inputTokens + tokens.cacheReadTokens * CACHE.read + tokens.cacheWriteTokens * CACHE.write;
  return (input * price.input + tokens.outputTokens * price.output) / MILLION;
}
