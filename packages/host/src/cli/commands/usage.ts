import { type Command, InvalidArgumentError, Option } from 'commander';
import { MAX_USAGE_DAYS, reportUsage, USAGE_BY, type UsageBy } from '../../flows/usage-report.ts';
import type { CommandContext } from '../command-context.ts';
import type { UsageAnswer } from '../control-answers.ts';
import { localTime } from '../local-time.ts';
import { throughHostOrHome } from '../reach-host.ts';
import { formatTable, neutralise } from '../terminal-text.ts';

/** What requests do not say; the Agent SDK reports it with each result. */
const OF_RESULTS: ReadonlySet<UsageBy> = new Set(['task', 'turn', 'teammate']);

interface UsageOptions {
  readonly days: number;
  readonly by: UsageBy;
  readonly group?: string;
  readonly context?: true;
  readonly json?: true;
}

export function addUsageCommand(program: Command, context: CommandContext): void {
  program
    .command('usage')
    .description('what was used of the model service: tokens, and US dollars at list price')
    .option('--days <n>', `of so many days, 1 to ${MAX_USAGE_DAYS}; 1 is today alone`, days, 1)
    .addOption(
      new Option('--by <what>', 'a row for each group, model, day, task, turn or teammate')
        .choices(USAGE_BY)
        .default('group'),
    )
    .option('--group <folder>', 'of one group only')
    .option('--context', 'instead: what an average request is made of, in bytes by source')
    .option('--json', 'print a JSON object')
    .addHelpText(
      'after',
      '\nGroups, models and days are counted by the gateway, request by request; tasks, turns and teammates are what the Agent SDK reports.',
    )
    .action((options: UsageOptions) => runUsage(options, context));
}

async function runUsage(options: UsageOptions, { deps, out }: CommandContext): Promise<void> {
  const { days, by, group } = options;
  const report = await throughHostOrHome<UsageAnswer>(deps, {
    host: (client) => client.usage({ days, by, group }),
    home({ usage }) {
      const { rows, total, context, ...rest } = reportUsage(usage, { days, by, group });
      const copied = { rows: rows.map((row) => ({ ...row })), context: context.map((row) => ({ ...row })) };
      return { ...rest, ...copied, total: { ...total } };
    },
  });
  if (options.json) {
    out.json(report);
    return;
  }
  const since = localTime(report.since, deps.config().timezone);
  if (report.rows.length === 0) out.note(`nothing was used since ${since}`);
  else out.print(options.context ? contextTable(report) : usageTable(report, by));
}

function usageTable(report: UsageAnswer, by: UsageBy): string {
  const head = [by.toUpperCase(), OF_RESULTS.has(by) ? 'RESULTS' : 'REQUESTS', 'INPUT', 'CACHED', 'OUTPUT', 'COST'];
  const rows = [...report.rows, ...(report.rows.length > 1 ? [report.total] : [])].map((row) => [
    neutralise(row.name === '' ? 'unknown' : row.name),
    String(row.requests),
    String(row.inputTokens + row.cacheWriteTokens),
    String(row.cacheReadTokens),
    String(row.outputTokens),
    `$${row.costUsd.toFixed(4)}`,
  ]);
  return formatTable([head, ...rows]);
}

/** The largest source first, each with its part of the whole. */
function contextTable({ context }: UsageAnswer): string {
  const rows = context.flatMap(({ name, requests, sources }) => {
    const whole = Object.values(sources).reduce((sum, bytes) => sum + bytes, 0);
    const shown = Object.entries(sources).filter(([, bytes]) => bytes > 0);
    return shown
      .sort(([, one], [, other]) => other - one)
      .map(([source, bytes], index) => [
        index === 0 ? neutralise(`${name} (${requests} requests)`) : '',
        source,
        String(bytes),
        `${Math.round((bytes / Math.max(1, whole)) * 100)} %`,
      ]);
  });
  return formatTable([['GROUP', 'SOURCE', 'BYTES', 'PART'], ...rows]);
}

function days(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= MAX_USAGE_DAYS) return value;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MAX_USAGE_DAYS}.`);
}
