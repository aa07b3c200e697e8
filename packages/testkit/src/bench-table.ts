import { judge, type Rule, type Summary, summarize } from './statistics.ts';

/** One figure of one row; samples are in `unit`. */
export interface Measured {
  readonly phase: 'measured';
  readonly row: string;
  readonly what: string;
  readonly unit: string;
  readonly ours: readonly number[];
  /** Absent where the target is a value by itself. */
  readonly floor?: readonly number[];
  readonly rule: Rule;
  /** What makes the row a miss whatever its figure says. */
  readonly problem?: string;
  /** For the reader: how it was measured, what stood out. */
  readonly notes?: readonly string[];
}

/** A row that could not be run, and why: never a success. */
export interface NotMeasured {
  readonly phase: 'not-measured';
  readonly row: string;
  readonly what: string;
  readonly why: string;
}

export type Measurement = Measured | NotMeasured;

/** A measurement with its verdict. */
export type JudgedRow =
  | (Omit<Measured, 'ours' | 'floor'> & {
      readonly verdict: 'ok' | 'missed';
      readonly figure: number;
      readonly ours: Summary & { readonly samples: readonly number[] };
      readonly floor?: Summary & { readonly samples: readonly number[] };
    })
  | (NotMeasured & { readonly verdict: 'not measured' });

export function judgeRow(row: Measurement): JudgedRow {
  if (row.phase === 'not-measured') return { ...row, verdict: 'not measured' };
  const { ours: samples, floor: floorSamples, ...rest } = row;
  const ours = { ...summarize(samples), samples };
  const floor = floorSamples === undefined ? undefined : { ...summarize(floorSamples), samples: floorSamples };
  const { figure, isMet } = judge(row.rule, ours, floor);
  const verdict = isMet && row.problem === undefined ? 'ok' : 'missed';
  return { ...rest, ours, ...(floor === undefined ? {} : { floor }), figure, verdict };
}

const HEADER = ['row', 'what', 'unit', 'ours', 'min', 'max', 'floor', 'min', 'max', 'n', 'figure', 'target', ''];

/** The rows as a Markdown table that is also readable as plain text, then what has to be said about single rows. */
export function formatTable(rows: readonly JudgedRow[]): string {
  const cells = [HEADER, ...rows.map(cellsOf)];
  const widths = HEADER.map((_, column) => Math.max(3, ...cells.map((line) => line[column]?.length ?? 0)));
  const isText = (column: number): boolean => column < 3 || column === HEADER.length - 1;
  const lines = cells.map((line) => {
    const padded = line.map((cell, column) => {
      const width = widths[column] ?? 0;
      return isText(column) ? cell.padEnd(width) : cell.padStart(width);
    });
    return `| ${padded.join(' | ')} |`;
  });
  const rule = widths.map((width, column) => (isText(column) ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  lines.splice(1, 0, `| ${rule.join(' | ')} |`);
  return [...lines, ...rows.flatMap(remarksOf)].join('\n');
}

function cellsOf(row: JudgedRow): string[] {
  if (row.verdict === 'not measured') {
    return [row.row, row.what, ...HEADER.slice(3).map(() => '-'), row.verdict];
  }
  const { ours, floor, rule } = row;
  const of = (summary: Summary | undefined): string[] =>
    summary === undefined ? ['-', '-', '-'] : [summary.median, summary.min, summary.max].map(readable);
  const sign = rule.by === 'difference' ? '+' : '';
  const shown = rule.by === 'ratio' ? row.figure.toFixed(3) : readable(row.figure);
  return [
    ...[row.row, row.what, row.unit, ...of(ours), ...of(floor), String(ours.count)],
    ...[row.figure < 0 ? shown : `${sign}${shown}`, `<= ${sign}${rule.atMost}`, row.verdict],
  ];
}

function remarksOf(row: JudgedRow): string[] {
  if (row.verdict === 'not measured') return [`${row.row} was not measured: ${row.why}`];
  const problem = row.problem === undefined ? [] : [`${row.row} is missed: ${row.problem}`];
  return [...problem, ...(row.notes ?? []).map((note) => `${row.row}: ${note}`)];
}

/** Three digits that count, and all those before the point. */
function readable(value: number): string {
  const size = Math.abs(value);
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  return value.toFixed(size >= 1 ? 2 : 3);
}
