import type { Database } from '../store/open-store.ts';
import type { TokenCounts } from './prices.ts';

/** One request of a run to the model service, as the gateway saw it. */
export interface ModelRequest extends TokenCounts {
  readonly groupFolder: string;
  readonly runId: string;
  readonly model: string;
  /** HTTP status of the answer; 0 when there was none. */
  readonly status: number;
  readonly costUsd: number;
  /** What it was made of, in bytes by source. */
  readonly bill?: Readonly<Record<string, number>> | undefined;
  readonly now: number;
}

export type RequestStore = ReturnType<typeof createRequestStore>;

/** Every request to the model service: what counts against budgets. */
export function createRequestStore(database: Database) {
  const insert = database.prepare(`
    INSERT INTO model_requests (at, group_folder, run_id, model, status, input_tokens, output_tokens, cache_read_tokens,
      cache_write_tokens, cost_usd, context)
    VALUES (@now, @groupFolder, @runId, @model, @status, @inputTokens, @outputTokens, @cacheReadTokens,
      @cacheWriteTokens, @costUsd, @context)`);
  const all = database.prepare('SELECT COALESCE(SUM(cost_usd), 0) FROM model_requests WHERE at >= ?').pluck();
  const own = database
    .prepare('SELECT COALESCE(SUM(cost_usd), 0) FROM model_requests WHERE group_folder = ? AND at >= ?')
    .pluck();
  const removeOld = database.prepare(
    'DELETE FROM model_requests WHERE id IN (SELECT id FROM model_requests WHERE at < ? ORDER BY at LIMIT ?)',
  );

  return {
    add: ({ bill, ...request }: ModelRequest) =>
      insert.run({ ...request, context: bill === undefined ? null : JSON.stringify(bill) }),
    /** US dollars that a group, or without a folder all of them, spent since a moment. */
    costSince: (at: number, folder?: string) => Number(folder === undefined ? all.get(at) : own.get(folder, at)),
    /** Removes at most `limit` of those before a moment; gives how many. */
    removeBefore: (at: number, limit: number): number => removeOld.run(at, limit).changes,
  };
}
