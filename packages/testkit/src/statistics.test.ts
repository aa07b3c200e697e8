import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judge, summarize } from './statistics.ts';

describe('a summary', () => {
  test('has the middle of an odd number of samples, whatever their order', () => {
    expect(summarize([30, 10, 20])).toEqual({ median: 20, min: 10, max: 30, count: 3 });
  });

  test('has the mean of the two middle ones of an even number', () => {
    expect(summarize([4, 1, 3, 100])).toEqual({ median: 3.5, min: 1, max: 100, count: 4 });
  });

  test('sorts by size and not by digits', () => {
    expect(summarize([9, 10, 100]).median).toBe(10);
  });

  test('of one sample is that sample', () => {
    expect(summarize([7])).toEqual({ median: 7, min: 7, max: 7, count: 1 });
  });

  test('leaves the samples in their order', () => {
    const samples = [3, 1, 2];

    summarize(samples);

    expect(samples).toEqual([3, 1, 2]);
  });

  test('has as many samples below the median as above it', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (samples) => {
        const { median } = summarize(samples);
        const below = samples.filter((sample) => sample < median).length;
        const above = samples.filter((sample) => sample > median).length;
        expect(Math.max(below, above)).toBeLessThanOrEqual(samples.length / 2);
      }),
    );
  });

  test('is refused for no samples and for one that is no number', () => {
    expect(() => summarize([])).toThrow(RangeError);
    expect(() => summarize([1, Number.NaN])).toThrow(RangeError);
    expect(() => summarize([1, Number.POSITIVE_INFINITY])).toThrow(RangeError);
  });
});

describe('a verdict', () => {
  const ours = summarize([90, 115, 500]);
  const floor = summarize([80, 100, 101]);

  test('compares medians, so that one slow sample decides nothing', () => {
    expect(judge({ by: 'ratio', atMost: 1.15 }, ours, floor)).toEqual({ figure: 1.15, isMet: true });
    expect(judge({ by: 'difference', atMost: 14 }, ours, floor)).toEqual({ figure: 15, isMet: false });
    expect(judge({ by: 'value', atMost: 115 }, ours)).toEqual({ figure: 115, isMet: true });
  });

  test('is missed just above the target', () => {
    expect(judge({ by: 'ratio', atMost: 1.149 }, ours, floor).isMet).toBe(false);
  });

  test('may be a negative difference', () => {
    expect(judge({ by: 'difference', atMost: 10 }, floor, ours)).toEqual({ figure: -15, isMet: true });
  });

  test('is refused without the floor that it needs', () => {
    expect(() => judge({ by: 'ratio', atMost: 1 }, ours)).toThrow(RangeError);
    expect(() => judge({ by: 'difference', atMost: 1 }, ours)).toThrow(RangeError);
    expect(() => judge({ by: 'ratio', atMost: 1 }, ours, summarize([0]))).toThrow(RangeError);
  });
});
