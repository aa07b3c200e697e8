/** What is said about a list of samples, in their unit. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly count: number;
}

/** Throws RangeError for no samples and for one that is not a finite number: neither has a median. */
export function summarize(samples: readonly number[]): Summary {
  const sorted = samples.toSorted((one, other) => one - other);
  const min = sorted[0];
  const max = sorted.at(-1);
  const middle = sorted.length / 2;
  const left = sorted[Math.ceil(middle) - 1];
  const right = sorted[Math.floor(middle)];
  if (min === undefined || max === undefined || left === undefined || right === undefined) {
    throw new RangeError('there are no samples to summarize');
  }
  if (!samples.every(Number.isFinite))
    throw new RangeError(`not all samples are finite numbers: ${samples.join(', ')}`);
  return { median: (left + right) / 2, min, max, count: sorted.length };
}

/**
 * What a figure is compared by, always by medians: `ratio` ours / floor, `difference` ours - floor, `value` ours alone.
 * The target is met up to and including `atMost`.
 */
export interface Rule {
  readonly by: 'ratio' | 'difference' | 'value';
  readonly atMost: number;
}

export interface Verdict {
  readonly figure: number;
  readonly isMet: boolean;
}

/** Throws RangeError where the rule needs a floor and there is none, or a ratio's floor is not above zero. */
export function judge(rule: Rule, ours: Summary, floor?: Summary): Verdict {
  const figure = figureOf(rule, ours, floor);
  return { figure, isMet: figure <= rule.atMost };
}

function figureOf({ by }: Rule, ours: Summary, floor: Summary | undefined): number {
  if (by === 'value') return ours.median;
  if (floor === undefined) throw new RangeError(`a ${by} needs a floor`);
  if (by === 'difference') return ours.median - floor.median;
  if (floor.median <= 0) throw new RangeError(`a ratio needs a floor above zero, not ${floor.median}`);
  return ours.median / floor.median;
}
