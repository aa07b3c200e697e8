/** The line below the head of a table, which makes it one. */
const RULE = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

const ROW = /^\s*\|.*\|\s*$/;

/** Widest column that is filled up with spaces; what is wider sticks out. */
const MAX_COLUMN_CHARS = 40;

/** Whether a table of Markdown begins with this line; `next` is the line after it. */
export function isTableHead(line: string, next: string | undefined): boolean {
  return ROW.test(line) && next?.includes('|') === true && RULE.test(next);
}

export function isTableRow(line: string): boolean {
  return ROW.test(line);
}

/**
 * A table as text in columns, for platforms that have no tables and show code in letters of one width. Marks of emphasis
 * are dropped, because code shows none.
 */
export function tableInColumns(lines: readonly string[]): string {
  const rows = lines.filter((_, index) => index !== 1).map(cellsOf);
  const count = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, column) =>
    Math.min(MAX_COLUMN_CHARS, Math.max(...rows.map((row) => widthOf(row[column] ?? '')))),
  );
  const asLine = (row: readonly string[]): string =>
    widths
      .map((width, column) => pad(row[column] ?? '', width))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  const [head = [], ...body] = rows;
  return [asLine(head), rule, ...body.map(asLine)].join('\n');
}

function cellsOf(line: string): string[] {
  const inner = line.trim().replace(/^\|/, '').replace(/\|$/, '');
  return inner.split(/(?<!\\)\|/).map((cell) => plain(cell.trim().replaceAll('\\|', '|')));
}

/** A cell without its markup; the address of a link stands behind its label. */
function plain(cell: string): string {
  return cell
    .replaceAll(/`([^`]+)`/g, '$1')
    .replaceAll(/(\*\*|__|~~)(?!\s)(.+?)\1/g, '$2')
    .replaceAll(/\[([^\]]+)\]\((https?:[^\s)]+)\)/g, '$1 ($2)');
}

function widthOf(text: string): number {
  return [...text].length;
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}
