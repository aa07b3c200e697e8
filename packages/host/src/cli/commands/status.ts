import type { Command } from 'commander';
import { NanoError } from '../../kernel/errors.ts';
import { type CommandContext, EXIT } from '../command-context.ts';
import type { StatusAnswer } from '../control-answers.ts';
import { localTime } from '../local-time.ts';
import { controlClient } from '../reach-host.ts';
import { formatTable } from '../terminal-text.ts';
import { timingTable } from '../timing-table.ts';

export function addStatusCommand(program: Command, context: CommandContext): void {
  program
    .command('status')
    .description('tell what the running host does; exit code 1 when none runs')
    .option('--json', 'print one JSON document; {"running": false} when none runs')
    .option('--timing', 'tell how long turns took since the host started, stage by stage')
    .action((options: { json?: true; timing?: true }) => runStatus(options, context));
}

async function runStatus(
  options: { json?: true; timing?: true },
  { deps, out, finish }: CommandContext,
): Promise<void> {
  const config = deps.config();
  const client = await controlClient(deps, config);
  const status = await client.status().catch((error: unknown) => {
    if (error instanceof NanoError && error.code === 'host-not-running') return undefined;
    throw error;
  });
  if (status === undefined) {
    if (options.json) out.json({ running: false });
    else out.print(`no host runs on ${config.home}: start one with npm start`);
    return finish(EXIT.failed);
  }
  if (options.timing) {
    const timings = await client.timings();
    if (options.json) out.json({ running: true, timings });
    else out.print(timingTable(timings));
    return;
  }
  if (options.json) out.json({ running: true, ...status });
  else out.print(describeStatus(status, config.timezone));
}

function describeStatus(status: StatusAnswer, timezone: string): string {
  const { queue, sandbox, usage } = status;
  const rows = [
    ['process', `${status.pid}, version ${status.version}, since ${localTime(status.startedAt, timezone)}`],
    ['home', status.home],
    ['model', status.model.detail],
    ['sandbox', [`${sandbox.driver} (${sandbox.detail})`, ...(sandbox.problem ? [sandbox.problem] : [])].join('\n')],
    ['page', status.web ? `port ${status.web.port}` : 'closed (nanoclaw web opens it)'],
    ...(status.database ? [['database', describeDatabase(status.database, timezone)]] : []),
    ['channels', status.channels.map((channel) => describeChannel(channel, timezone)).join('\n')],
    ['groups', String(status.groups)],
    ['queue', [`${queue.inUse} of ${queue.cap} places in use`, ...pairs(queue.places)].join('\n')],
    [
      'live',
      status.live.map((run) => `${run.group}: ${run.phase}, ${run.openTurns} open, ${run.sandbox}`).join('\n') ||
        'none',
    ],
    ['turns', pairs(status.turns).join(', ') || 'none'],
    ['outbox', pairs(status.outbox).join(', ') || 'empty'],
    ['quarantine', pairs(status.quarantine ?? {}).join(', ') || 'empty'],
    ...(status.recordFailures ? [['record', `${status.recordFailures} entries could not be written`]] : []),
    ['promises', describeInvariants(status, timezone)],
    ['tasks', pairs(status.tasks).join(', ')],
    [
      'last 24 h',
      `${usage.results} results, ${usage.inputTokens} tokens in, ${usage.outputTokens} out, $${usage.costUsd.toFixed(4)}`,
    ],
  ];
  return `${status.assistantName} is running\n${formatTable(rows)}`;
}

function describeDatabase(database: NonNullable<StatusAnswer['database']>, timezone: string): string {
  const { bytes, lastBackupAt, lastBackupError } = database;
  const copy = lastBackupAt === null ? 'no backup yet' : `last backup ${localTime(lastBackupAt, timezone)}`;
  const lines = [`${(bytes / 2 ** 20).toFixed(1)} MiB, ${copy}`];
  return (lastBackupError === null ? lines : [...lines, `the last attempt failed: ${lastBackupError}`]).join('\n');
}

function describeChannel(channel: StatusAnswer['channels'][number], timezone: string): string {
  const { name, isConnected, problem, lastInboundAt, lastOutboundAt, lastError } = channel;
  const facts = [
    isConnected ? 'connected' : `offline${problem ? ` (${problem})` : ''}`,
    ...(lastInboundAt ? [`last message ${localTime(lastInboundAt, timezone)}`] : []),
    ...(lastOutboundAt ? [`last answer ${localTime(lastOutboundAt, timezone)}`] : []),
    ...(lastError ? [`last error ${localTime(lastError.at, timezone)}: ${lastError.reason}`] : []),
  ];
  return `${name} ${facts.join(', ')}`;
}

function describeInvariants({ invariants = [] }: StatusAnswer, timezone: string): string {
  const lines = invariants.map(
    ({ name, violations, lastAt, lastDetail }) =>
      `${name} mended ${violations} times, last ${localTime(lastAt, timezone)}: ${lastDetail}`,
  );
  return lines.join('\n') || 'all kept';
}

function pairs(record: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(record).map(([name, value]) => `${name} ${String(value)}`);
}
