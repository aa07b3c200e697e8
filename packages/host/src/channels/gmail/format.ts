import { escapeHtml, inlineHtml } from './format-inline.ts';

/*
 * Agents write Markdown. A mail carries it twice: as it was written, for programs that show text, and as HTML. Only elements
 * that are made here are in it; whatever else was written is text.
 */

/** How deep lists and quotations may lie in each other; what lies deeper is shown as text. */
const MAX_DEPTH = 8;

/** Longest line that is looked at as the head of a table, in UTF-16 code units. */
const MAX_TABLE_LINE = 5_000;

const CODE_STYLE = 'font-family:monospace;white-space:pre-wrap;background:#f4f4f4;padding:8px;border-radius:4px';
const CELL_STYLE = 'border:1px solid #ccc;padding:4px 8px;text-align:start';
const QUOTE_STYLE = 'margin:0 0 0 8px;padding-left:8px;border-left:3px solid #ccc';

interface Block {
  readonly html: string;
  /** The first line behind it. */
  readonly next: number;
}

type ReadBlock = (lines: readonly string[], at: number, depth: number) => Block | undefined;

const FENCE = /^ {0,3}(`{3,}|~{3,})\s*([\w+#.-]*)[^`]*$/;
const HEADING = /^ {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*$/;
const RULE = /^ {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$/;
const ITEM = /^([ \t]*)([-*+]|\d{1,9}[.)])[ \t]+(.*)$/;
const QUOTE = /^ {0,3}> ?(.*)$/;

/** The text as the HTML part of a mail. */
export function mailHtml(text: string): string {
  return `<div dir="auto">${blocks(text.replaceAll('\r\n', '\n').split('\n'), 0)}</div>`;
}

function blocks(lines: readonly string[], depth: number): string {
  const readers = depth < MAX_DEPTH ? READERS : FLAT_READERS;
  const html: string[] = [];
  let at = 0;
  while (at < lines.length) {
    const block = firstOf(readers, lines, at, depth) ?? paragraph(lines, at, readers, depth);
    if (block.html !== '') html.push(block.html);
    at = block.next;
  }
  return html.join('\n');
}

function firstOf(
  readers: readonly ReadBlock[],
  lines: readonly string[],
  at: number,
  depth: number,
): Block | undefined {
  for (const read of readers) {
    const block = read(lines, at, depth);
    if (block !== undefined) return block;
  }
  return undefined;
}

const blank: ReadBlock = (lines, at) => ((lines[at] ?? '').trim() === '' ? { html: '', next: at + 1 } : undefined);

/** A block of code; one that was not closed goes to the end. */
const fence: ReadBlock = (lines, at) => {
  const opening = FENCE.exec(lines[at] ?? '')?.[1];
  if (opening === undefined) return undefined;
  let end = at + 1;
  while (end < lines.length && !isClosing(lines[end] ?? '', opening)) end++;
  const code = escapeHtml(lines.slice(at + 1, end).join('\n'));
  return { html: `<pre dir="ltr" style="${CODE_STYLE}"><code>${code}</code></pre>`, next: end + 1 };
};

function isClosing(line: string, opening: string): boolean {
  const closing = line.trim();
  return closing.length >= opening.length && closing === (opening[0] ?? '').repeat(closing.length);
}

const heading: ReadBlock = (lines, at) => {
  const [, marks = '', title = ''] = HEADING.exec(lines[at] ?? '') ?? [];
  if (marks === '') return undefined;
  const level = Math.min(marks.length + 1, 6);
  return { html: `<h${level} dir="auto">${inlineHtml(title)}</h${level}>`, next: at + 1 };
};

const rule: ReadBlock = (lines, at) => (RULE.test(lines[at] ?? '') ? { html: '<hr>', next: at + 1 } : undefined);

const quotation: ReadBlock = (lines, at, depth) => {
  const inner: string[] = [];
  while (at + inner.length < lines.length) {
    const line = QUOTE.exec(lines[at + inner.length] ?? '')?.[1];
    if (line === undefined) break;
    inner.push(line);
  }
  if (inner.length === 0) return undefined;
  const html = `<blockquote style="${QUOTE_STYLE}">${blocks(inner, depth + 1)}</blockquote>`;
  return { html, next: at + inner.length };
};

const table: ReadBlock = (lines, at) => {
  const head = cellsOf(lines[at] ?? '');
  const divider = cellsOf(lines[at + 1] ?? '');
  if (head === undefined || divider?.length !== head.length) return undefined;
  if (!divider.every((cell) => /^:?-+:?$/.test(cell))) return undefined;
  const rows: string[][] = [];
  for (let row = cellsOf(lines[at + 2] ?? ''); row !== undefined; row = cellsOf(lines[at + 2 + rows.length] ?? '')) {
    rows.push(head.map((_, column) => row?.[column] ?? ''));
  }
  const line = (cells: readonly string[], tag: 'th' | 'td'): string =>
    `<tr>${cells.map((cell) => `<${tag} dir="auto" style="${CELL_STYLE}">${inlineHtml(cell)}</${tag}>`).join('')}</tr>`;
  const body = [line(head, 'th'), ...rows.map((row) => line(row, 'td'))].join('\n');
  return { html: `<table style="border-collapse:collapse">\n${body}\n</table>`, next: at + 2 + rows.length };
};

/** The cells of a line of a table; a stroke behind a backslash divides nothing. */
function cellsOf(line: string): string[] | undefined {
  const text = line.trim();
  if (!text.includes('|') || text.length > MAX_TABLE_LINE) return undefined;
  const cells = text
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '')
    .split(/(?<!\\)\|/);
  return cells.map((cell) => cell.trim().replaceAll('\\|', '|'));
}

const list: ReadBlock = (lines, at, depth) => {
  const first = ITEM.exec(lines[at] ?? '');
  if (first === null) return undefined;
  const [, , mark = ''] = first;
  const isOrdered = /\d/.test(mark);
  const items: string[] = [];
  let next = at;
  for (let item = itemAt(lines, next, first); item !== undefined; item = itemAt(lines, next, first)) {
    items.push(`<li dir="auto">${tight(blocks(item.lines, depth + 1))}</li>`);
    next = item.next;
  }
  const start = Number.parseInt(mark, 10);
  const opening = isOrdered ? `<ol${start === 1 ? '' : ` start="${start}"`}>` : '<ul>';
  return { html: `${opening}\n${items.join('\n')}\n${isOrdered ? '</ol>' : '</ul>'}`, next };
};

/** The item of a list that begins here, with the lines that lie deeper than its mark; undefined where the list ends. */
function itemAt(
  lines: readonly string[],
  at: number,
  first: RegExpExecArray,
): { lines: string[]; next: number } | undefined {
  const [, indent = '', mark = '', text = ''] = ITEM.exec(lines[at] ?? '') ?? [];
  if (mark === '' || /\d/.test(mark) !== /\d/.test(first[2] ?? '')) return undefined;
  const own = [text.replace(/^\[( |x|X)\]\s/, (_, box: string) => (box === ' ' ? '☐ ' : '☑ '))];
  const depth = widthOf(indent);
  let next = at + 1;
  for (; next < lines.length; next++) {
    const line = lines[next] ?? '';
    const isDeeper = widthOf(/^[ \t]*/.exec(line)?.[0] ?? '') > depth + 1;
    if (line.trim() !== '' && !isDeeper) break;
    own.push(line);
  }
  const least = Math.min(
    ...own.slice(1).map((line) => (line.trim() === '' ? 99 : widthOf(/^[ \t]*/.exec(line)?.[0] ?? ''))),
    99,
  );
  return { lines: [own[0] ?? '', ...own.slice(1).map((line) => line.replaceAll('\t', '    ').slice(least))], next };
}

function widthOf(indent: string): number {
  return indent.replaceAll('\t', '    ').length;
}

/** An item of one paragraph needs no distance to the next. */
function tight(html: string): string {
  return html.replace(/^<p dir="auto">((?:(?!<\/p>)[\s\S])*)<\/p>/, '$1');
}

function paragraph(lines: readonly string[], at: number, readers: readonly ReadBlock[], depth: number): Block {
  let next = at + 1;
  while (next < lines.length && firstOf(readers, lines, next, depth) === undefined) next++;
  const words = lines.slice(at, next).map((line) => inlineHtml(line.trim()));
  return { html: `<p dir="auto">${words.join('<br>\n')}</p>`, next };
}

const FLAT_READERS: readonly ReadBlock[] = [blank, fence, heading, rule];
const READERS: readonly ReadBlock[] = [...FLAT_READERS, table, quotation, list];
