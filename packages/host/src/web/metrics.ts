import type { HostStatus } from '../flows/host-status.ts';
import type { UsageRow } from '../usage/usage-report-store.ts';

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** What is told beside the status. */
export interface MetricsSources {
  /** What each group has used since midnight. */
  readonly today: readonly UsageRow[];
  readonly memoryBytes: number;
}

/** What the status and today's usage tell, as Prometheus reads it: text format 0.0.4. */
export function metricsText(status: HostStatus, { today, memoryBytes }: MetricsSources): string {
  const by = (label: string, counts: Readonly<Record<string, number>>): Sample[] =>
    Object.entries(counts).map(([name, count]) => [{ [label]: name }, count]);
  const { queue, live, tasks, usage } = status;
  return [
    family(
      'channel_up',
      'gauge',
      'Whether a channel is connected.',
      status.channels.map(({ name, isConnected }) => [{ channel: name }, Number(isConnected)]),
    ),
    family('groups', 'gauge', 'Registered groups.', [[{}, status.groups]]),
    family(
      'queue_places',
      'gauge',
      'Groups by what they do in the queue.',
      by('phase', countOf(Object.values(queue.places))),
    ),
    family('queue_cap', 'gauge', 'Most sandboxes at the same time.', [[{}, queue.cap]]),
    family('sandboxes_live', 'gauge', 'Live sandboxes.', [[{}, live.length]]),
    family('turns', 'gauge', 'Turns that are kept, by outcome.', by('outcome', status.turns)),
    family('outbox_texts', 'gauge', 'Outgoing texts that are kept, by state.', by('state', status.outbox)),
    family('quarantined', 'gauge', 'Documents kept aside, by where they came from.', by('source', status.quarantine)),
    family('tasks', 'gauge', 'Scheduled tasks and their runs, by state.', by('state', tasks)),
    family(
      'mended_total',
      'counter',
      'Broken promises that the watchdog has mended.',
      status.invariants.map(({ name, violations }) => [{ name }, violations]),
    ),
    family('record_failures_total', 'counter', 'Entries of the record that could not be written.', [
      [{}, status.recordFailures],
    ]),
    family('day_tokens', 'gauge', 'Tokens of the last 24 hours.', [
      [{ direction: 'in' }, usage.inputTokens],
      [{ direction: 'out' }, usage.outputTokens],
    ]),
    family('day_cost_usd', 'gauge', 'US dollars of the last 24 hours.', [[{}, usage.costUsd]]),
    family('group_requests', 'gauge', 'Model requests since midnight, by group.', ofGroups(today, 'requests')),
    family('group_cost_usd', 'gauge', 'US dollars since midnight, by group.', ofGroups(today, 'costUsd')),
    family('group_tokens_in', 'gauge', 'Tokens read since midnight, by group.', ofGroups(today, 'inputTokens')),
    family('group_tokens_out', 'gauge', 'Tokens written since midnight, by group.', ofGroups(today, 'outputTokens')),
    family('database_bytes', 'gauge', 'Size of the database.', [[{}, status.database.bytes]]),
    family('process_memory_bytes', 'gauge', 'Resident memory of the host.', [[{}, memoryBytes]]),
  ].join('');
}

function ofGroups(rows: readonly UsageRow[], field: 'requests' | 'costUsd' | 'inputTokens' | 'outputTokens'): Sample[] {
  return rows.map((row) => [{ group: row.name }, row[field]]);
}

function family(name: string, type: 'gauge' | 'counter', help: string, samples: readonly Sample[]): string {
  const lines = samples.map(([labels, value]) => `nanoclaw_${name}${labelText(labels)} ${value}\n`);
  return `# HELP nanoclaw_${name} ${help}\n# TYPE nanoclaw_${name} ${type}\n${lines.join('')}`;
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function countOf(names: readonly string[]): Record<string, number> {
  return Object.fromEntries([...new Set(names)].map((name) => [name, names.filter((other) => other === name).length]));
}
