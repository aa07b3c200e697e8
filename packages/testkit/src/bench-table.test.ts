import { describe, expect, test } from 'vitest';
import { formatTable, judgeRow, type Measured } from './bench-table.ts';

function aRow(changes: Partial<Measured> = {}): Measured {
  return {
    phase: 'measured',
    row: 'B1',
    what: 'cold start',
    unit: 'ms',
    ours: [900, 700, 800],
    floor: [750, 760, 740],
    rule: { by: 'ratio', atMost: 1.15 },
    ...changes,
  };
}

const verdictOf = (row: Measured): string => judgeRow(row).verdict;

/** Cells of the line of a table that begins with a row's name. */
function cells(table: string, row: string): string[] {
  const line = table.split('\n').find((text) => text.startsWith(`| ${row}`));
  return (line ?? '').split('|').map((cell) => cell.trim());
}

describe('a row', () => {
  test('is ok at its target and missed above it', () => {
    expect(verdictOf(aRow())).toBe('ok');
    expect(verdictOf(aRow({ rule: { by: 'ratio', atMost: 1 } }))).toBe('missed');
    expect(verdictOf(aRow({ rule: { by: 'difference', atMost: 50 } }))).toBe('ok');
    expect(verdictOf(aRow({ rule: { by: 'difference', atMost: 49 } }))).toBe('missed');
  });

  test('with a problem is missed whatever its figure says', () => {
    expect(verdictOf(aRow({ problem: 'a tool cannot be reached' }))).toBe('missed');
  });

  test('that could not be run is not measured, and never ok', () => {
    const judged = judgeRow({ phase: 'not-measured', row: 'B1', what: 'cold start', why: 'no engine' });

    expect(judged.verdict).toBe('not measured');
  });

  test('keeps its samples in the order they were taken', () => {
    expect(judgeRow(aRow())).toMatchObject({ ours: { samples: [900, 700, 800], median: 800 } });
  });
});

describe('the table', () => {
  test('shows median, smallest and largest of ours and of the floor, the figure, the target and the verdict', () => {
    const table = formatTable([judgeRow(aRow())]);

    const expected = [
      'B1',
      'cold start',
      'ms',
      '800',
      '700',
      '900',
      '750',
      '740',
      '760',
      '3',
      '1.067',
      '<= 1.15',
      'ok',
    ];
    expect(cells(table, 'B1')).toEqual(['', ...expected, '']);
  });

  test('shows a difference with its sign', () => {
    const slower = judgeRow(aRow({ row: 'B2', ours: [24.26], floor: [20], rule: { by: 'difference', atMost: 10 } }));
    const faster = judgeRow(aRow({ row: 'B4', ours: [20], floor: [20.5], rule: { by: 'difference', atMost: 10 } }));
    const table = formatTable([slower, faster]);

    expect(cells(table, 'B2').slice(11, 14)).toEqual(['+4.26', '<= +10', 'ok']);
    expect(cells(table, 'B4').slice(11, 14)).toEqual(['-0.500', '<= +10', 'ok']);
  });

  test('shows no floor where there is none', () => {
    const { floor: _, ...alone } = aRow({ rule: { by: 'value', atMost: 10 }, ours: [4] });

    expect(cells(formatTable([judgeRow(alone)]), 'B1').slice(4, 14)).toEqual([
      '4.00',
      '4.00',
      '4.00',
      '-',
      '-',
      '-',
      '1',
      '4.00',
      '<= 10',
      'ok',
    ]);
  });

  test('says below why a row was not measured or is missed in spite of its figure', () => {
    const rows = [
      judgeRow({ phase: 'not-measured', row: 'B1', what: 'cold start', why: 'no engine answers' }),
      judgeRow(aRow({ row: 'B9', problem: 'Bash cannot be reached', notes: ['three requests'] })),
    ];
    const table = formatTable(rows);

    expect(cells(table, 'B1').at(-2)).toBe('not measured');
    expect(table.split('\n').slice(-3)).toEqual([
      'B1 was not measured: no engine answers',
      'B9 is missed: Bash cannot be reached',
      'B9: three requests',
    ]);
  });

  test('has lines of one width', () => {
    const table = formatTable([judgeRow(aRow()), judgeRow(aRow({ row: 'B10', what: 'a rather long description' }))]);

    expect(new Set(table.split('\n').map((line) => line.length)).size).toBe(1);
  });
});
