import type { Database } from '../store/open-store.ts';

/** What one group, model, task, turn or day has used. Tokens are counts; costs are US dollars at list price. */
export interface UsageRow {
  readonly name: string;
  /** Requests to the model service; of tasks and turns, results. */
  readonly requests: number;
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
}

/** What a request of a group is made of on average, in bytes by source. */
export interface ContextRow {
  readonly name: string;
  readonly requests: number;
  readonly sources: Readonly<Record<string, number>>;
}

/** Most tasks and turns that are listed. */
export const MAX_USAGE_ROWS = 200;

const SUMS = `COUNT(*) AS requests, COALESCE(SUM(u.input_tokens), 0) AS inputTokens,
  COALESCE(SUM(u.cache_read_tokens), 0) AS cacheReadTokens, COALESCE(SUM(u.cache_write_tokens), 0) AS cacheWriteTokens,
  COALESCE(SUM(u.output_tokens), 0) AS outputTokens, COALESCE(SUM(u.cost_usd), 0) AS costUsd`;

/**
 * What was used, summed up. Groups, models and days are what the gateway has seen; a request does not say which turn it is
 * of, so tasks and turns are what the Agent SDK has reported.
 */
export function createUsageReports(database: Database) {
  const group = '(@group IS NULL OR u.group_folder = @group)';
  const seen = (name: string): string =>
    `SELECT ${name} AS name, ${SUMS} FROM model_requests u WHERE u.at >= @from AND u.at < @to AND ${group}`;
  const byGroup = database.prepare(`${seen('u.group_folder')} GROUP BY 1 ORDER BY costUsd DESC, requests DESC`);
  const byModel = database.prepare(`${seen('u.model')} GROUP BY 1 ORDER BY costUsd DESC, requests DESC`);
  const total = database.prepare(seen("'total'"));
  const byTask = database.prepare(`
    SELECT run.task_id AS name, ${SUMS} FROM usage u
    JOIN task_run_logs run ON u.turn_id = 'task-run-' || run.id
    WHERE u.at >= @from AND u.at < @to AND ${group} GROUP BY 1 ORDER BY costUsd DESC, requests DESC LIMIT ${MAX_USAGE_ROWS}`);
  const byTurn = database.prepare(`
    SELECT u.turn_id AS name, ${SUMS} FROM usage u
    WHERE u.at >= @from AND u.at < @to AND ${group} GROUP BY 1 ORDER BY MAX(u.id) DESC LIMIT ${MAX_USAGE_ROWS}`);
  const byTeammate = database.prepare(`
    SELECT COALESCE(mate.team_of || '/' || mate.name, u.group_folder) AS name, ${SUMS} FROM usage u
    LEFT JOIN registered_groups mate ON mate.folder = u.group_folder
    WHERE u.at >= @from AND u.at < @to AND u.group_folder GLOB 'team-*' AND (@group IS NULL OR mate.team_of = @group)
    GROUP BY 1 ORDER BY costUsd DESC, requests DESC LIMIT ${MAX_USAGE_ROWS}`);
  const context = database.prepare(`
    SELECT u.group_folder AS name, u.context FROM model_requests u
    WHERE u.context IS NOT NULL AND u.at >= @from AND u.at < @to AND ${group}`);

  type Scope = { from: number; to: number; group: string | null };
  return {
    byGroup: (scope: Scope) => byGroup.all(scope) as UsageRow[],
    byModel: (scope: Scope) => byModel.all(scope) as UsageRow[],
    byTask: (scope: Scope) => byTask.all(scope) as UsageRow[],
    byTurn: (scope: Scope) => byTurn.all(scope) as UsageRow[],
    /** One that was dismissed is named by its folder. */
    byTeammate: (scope: Scope) => byTeammate.all(scope) as UsageRow[],
    total: (scope: Scope) => total.get(scope) as UsageRow,
    /** Average bytes of a request by source, of each group. */
    context(scope: Scope): ContextRow[] {
      const sums = new Map<string, { requests: number; sources: Record<string, number> }>();
      for (const row of context.iterate(scope)) {
        const { name, context: text } = row as { name: string; context: string };
        const sum = sums.get(name) ?? { requests: 0, sources: {} };
        sum.requests += 1;
        for (const [source, bytes] of Object.entries(JSON.parse(text) as Record<string, number>)) {
          sum.sources[source] = (sum.sources[source] ?? 0) + bytes;
        }
        sums.set(name, sum);
      }
      return [...sums].map(([name, { requests, sources }]) => {
        const average = Object.entries(sources).map(([source, bytes]) => [source, Math.round(bytes / requests)]);
        return { name, requests, sources: Object.fromEntries(average) };
      });
    },
  };
}
