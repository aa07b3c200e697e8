import type { LiveAgents } from '../agents/live-agents.ts';
import type { Channel } from '../channels/channel.ts';
import type { GroupStore } from '../groups/group-store.ts';
import type { OutboxStore } from '../messages/outbox-store.ts';
import type { TurnStore } from '../messages/turn-store.ts';
import { type QueueState, slotsInUse } from '../queue/queue.ts';
import type { InvariantStore } from '../store/invariant-store.ts';
import type { QuarantineStore } from '../store/quarantine-store.ts';
import type { Recorder } from '../store/record-files.ts';
import type { TaskStore } from '../tasks/task-store.ts';
import type { RequestStore } from '../usage/request-store.ts';
import type { UsageStore, UsageTotals } from '../usage/usage-store.ts';
import type { ChannelHealth } from './channel-health.ts';

/** What a running host tells about itself; `nanoclaw status --json` prints it. Times are ISO 8601. */
export interface HostStatus {
  readonly pid: number;
  readonly version: string;
  readonly home: string;
  readonly startedAt: string;
  readonly assistantName: string;
  readonly model: { readonly kind: 'practice' | 'service'; readonly detail: string };
  readonly sandbox: { readonly driver: string; readonly detail: string; readonly problem?: string };
  readonly web: { readonly port: number } | null;
  readonly database: {
    readonly bytes: number;
    readonly lastBackupAt: string | null;
    readonly lastBackupError: string | null;
  };
  readonly channels: readonly ChannelStatus[];
  readonly groups: number;
  readonly queue: { readonly cap: number; readonly inUse: number; readonly places: Readonly<Record<string, string>> };
  readonly live: readonly {
    readonly group: string;
    readonly sandbox: string;
    readonly run: string;
    readonly phase: string;
    readonly openTurns: number;
  }[];
  readonly turns: Readonly<Record<string, number>>;
  readonly outbox: Readonly<Record<string, number>>;
  /** Documents kept aside because nobody could understand them, by where they came from. */
  readonly quarantine: Readonly<Record<string, number>>;
  /** Promises that were found broken, and mended, since the home was made; empty in a good life. */
  readonly invariants: readonly {
    readonly name: string;
    readonly violations: number;
    readonly lastAt: string;
    readonly lastDetail: string;
  }[];
  /** Entries of the record that could not be written since the host started. */
  readonly recordFailures: number;
  /** Scheduled tasks: active ones, paused ones, runs that wait to begin, runs under way. */
  readonly tasks: {
    readonly active: number;
    readonly paused: number;
    readonly due: number;
    readonly running: number;
  };
  /** What was spent in the last 24 hours. */
  readonly usage: UsageTotals;
}

/** A channel, and what has passed through it since the host started. */
export interface ChannelStatus {
  readonly name: string;
  readonly isConnected: boolean;
  readonly problem?: string;
  readonly lastInboundAt: string | null;
  readonly lastOutboundAt: string | null;
  readonly lastError: { readonly at: string; readonly reason: string } | null;
}

/** The parts of the status that the state decides; the rest is known since the start. */
export interface StatusSources {
  readonly groups: GroupStore;
  readonly liveAgents: LiveAgents;
  readonly queue: () => QueueState;
  readonly turns: TurnStore;
  readonly outbox: OutboxStore;
  readonly tasks: TaskStore;
  readonly usage: UsageStore;
  readonly requests: Pick<RequestStore, 'costSince'>;
  readonly channels: readonly Channel[];
  readonly health: ChannelHealth;
  readonly quarantine: QuarantineStore;
  readonly invariants: InvariantStore;
  readonly record: Pick<Recorder, 'failures'>;
  readonly now: () => number;
}

export type FixedStatus = Pick<HostStatus, 'pid' | 'version' | 'home' | 'startedAt' | 'assistantName' | 'model'>;

const DAY_MS = 86_400_000;

export function describeHost(
  sources: StatusSources,
  known: FixedStatus & Pick<HostStatus, 'sandbox' | 'web' | 'database'>,
): HostStatus {
  const queue = sources.queue();
  const live = sources.liveAgents.list();
  return {
    ...known,
    channels: sources.channels.map((channel) => describeChannel(channel, sources.health)),
    groups: sources.groups.list().length,
    queue: {
      cap: queue.cap,
      inUse: slotsInUse(queue.places),
      places: Object.fromEntries([...queue.places].map(([group, place]) => [group, place.phase])),
    },
    live: live.map(({ group, sandboxName, runId, phase, openTurns }) => {
      const name = group.team === null ? group.folder : `${group.team.of}/${group.name}`;
      return { group: name, sandbox: sandboxName, run: runId, phase, openTurns: openTurns.length };
    }),
    turns: sources.turns.counts(),
    outbox: sources.outbox.counts(),
    quarantine: sources.quarantine.counts(),
    recordFailures: sources.record.failures(),
    invariants: sources.invariants.list().map((found) => ({ ...found, lastAt: iso(found.lastAt) })),
    tasks: sources.tasks.counts(sources.now()),
    usage: {
      ...sources.usage.totalsSince(sources.now() - DAY_MS),
      // What a runner says of its cost is its own word; this is what the gateway has counted.
      costUsd: sources.requests.costSince(sources.now() - DAY_MS),
    },
  };
}

function describeChannel(channel: Channel, health: ChannelHealth): ChannelStatus {
  const condition = channel.condition();
  const problem = condition.phase === 'down' ? { problem: condition.reason } : {};
  const { lastInboundAt, lastOutboundAt, lastError } = health.of(channel.name);
  return {
    name: channel.name,
    isConnected: condition.phase === 'connected',
    ...problem,
    lastInboundAt: lastInboundAt === undefined ? null : iso(lastInboundAt),
    lastOutboundAt: lastOutboundAt === undefined ? null : iso(lastOutboundAt),
    lastError: lastError === undefined ? null : { at: iso(lastError.at), reason: lastError.reason },
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
