import type { Measurement } from '@nanoclaw/testkit';

export type DriverKind = 'docker' | 'bubblewrap';

/** A driver that can run sandboxes now, and the environment in which it can. */
export interface UsableDriver {
  readonly kind: DriverKind;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** What every row is given. */
export interface BenchContext {
  readonly drivers: readonly UsableDriver[];
  /** Replaces each row's own number of samples. */
  readonly runs: number | undefined;
  /** How long B7 looks at an idle host. */
  readonly idleMs: number;
  /** Says how it goes, for people. */
  readonly say: (line: string) => void;
}

/** One row of the performance table. */
export interface Row {
  readonly id: string;
  readonly title: string;
  /** Runs once for each driver where true; else once, on the first. */
  readonly dependsOnDriver: boolean;
  /** Takes its samples, ours and floor by turns, and ends everything it started, also when it throws. */
  measure(context: BenchContext, driver: UsableDriver): Promise<Measurement[]>;
}

/** Milliseconds on the one monotonic clock that all processes of a machine share, inside sandboxes too. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/**
 * Takes `count` samples of each side by turns; which side begins changes from pair to pair, so that what makes the
 * machine slow for a while slows both. One more pair before them warms disk caches and is thrown away.
 */
export async function alternate(options: {
  count: number;
  ours: (index: number) => Promise<number>;
  floor: (index: number) => Promise<number>;
}): Promise<{ ours: number[]; floor: number[] }> {
  const samples = { ours: [] as number[], floor: [] as number[] };
  for (let index = 0; index <= options.count; index++) {
    const order = index % 2 === 0 ? (['ours', 'floor'] as const) : (['floor', 'ours'] as const);
    for (const side of order) {
      const sample = await options[side](index);
      if (index > 0) samples[side].push(sample);
    }
  }
  return samples;
}
