import { type Fence, fenceAfter } from '../markdown-fence.ts';
import { isTableHead, isTableRow, tableInColumns } from '../markdown-table.ts';

/*
 * Agents write Markdown whatever they are told. Telegram shows a part of HTML (Bot API, "HTML style"): bold, italic, struck,
 * code, quotations and links. What is no markup stays as it was written.
 */

/** One run of markup within a line; the parts are code, label and address, bold, struck, and italic in its two forms. */
const INLINE =
  /(?<!`)``(?!`)[^\S\n]?((?:[^`\n]|`(?!`))+?)[^\S\n]?``(?!`)|`([^`\n]+)`|!?\[([^\]\n]+)\]\((https?:\/\/(?:[^\s()<>"]|\([^\s()<>"]*\))+)\)|(?<!\\)\*\*(?!\s)([^\n]+?)(?<!\s)\*\*(?!\*)|~~(?!\s)([^\n]+?)(?<!\s)~~|(?<![\p{L}\p{N}*\\])\*(?![\s*])([^*\n]+?)(?<!\s)\*(?![\p{L}\p{N}*])|(?<![\p{L}\p{N}_\\])_(?![\s_])([^_\n]+?)(?<!\s)_(?![\p{L}\p{N}_])/gu;

/** The text as Telegram's HTML; undefined when there is nothing in it to be shown in another way. */
export function formatTelegram(text: string): string | undefined {
  const html = blocksOf(text.split('\n')).map(formatBlock).join('\n');
  return html === escapeHtml(text) ? undefined : html;
}

type Block =
  | { kind: 'code'; language: string; lines: string[] }
  | { kind: 'table' | 'quotation' | 'prose'; lines: string[] };

/** The lines by what they are; a block of code that was not closed, or was cut, goes to the end. */
function blocksOf(lines: readonly string[]): Block[] {
  const blocks: Block[] = [];
  let open: Fence | undefined;
  for (const [index, line] of lines.entries()) {
    const before = open;
    const last = blocks.at(-1);
    open = fenceAfter(line, open);
    if (before === undefined && open !== undefined) {
      blocks.push({ kind: 'code', language: /`([\w+-]*)\s*$/.exec(line)?.[1] ?? '', lines: [] });
    } else if (before !== undefined) {
      if (open !== undefined) last?.lines.push(line);
    } else {
      const kind = kindOf(line, lines[index + 1], last);
      // A block of code has ended in the line before.
      if (last?.kind === kind) last.lines.push(line);
      else blocks.push({ kind, lines: [line] });
    }
  }
  return blocks;
}

function kindOf(line: string, next: string | undefined, last: Block | undefined): 'table' | 'quotation' | 'prose' {
  if (isTableHead(line, next) || (last?.kind === 'table' && isTableRow(line))) return 'table';
  return /^>\s/.test(line) ? 'quotation' : 'prose';
}

function formatBlock(block: Block): string {
  switch (block.kind) {
    case 'code': {
      const code = escapeHtml(block.lines.join('\n'));
      if (code === '') return '';
      const { language } = block;
      return `<pre>${language === '' ? code : `<code class="language-${escapeHtml(language)}">${code}</code>`}</pre>`;
    }
    case 'table':
      return `<pre>${escapeHtml(tableInColumns(block.lines))}</pre>`;
    case 'quotation':
      return `<blockquote>${block.lines.map((line) => prose(line.replace(/^>\s/, ''))).join('\n')}</blockquote>`;
    case 'prose':
      return block.lines.map(prose).join('\n');
  }
}

/** A line outside of code: a heading is a bold line, because Telegram has no headings. */
function prose(line: string): string {
  const heading = /^#{1,6}\s+(.+?)\s*#*$/.exec(line)?.[1];
  return heading === undefined ? inline(line) : `<b>${inline(heading.replaceAll('**', ''))}</b>`;
}

function inline(text: string): string {
  let html = '';
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    html += escapeHtml(text.slice(at, match.index)) + formatRun(match);
    at = match.index + match[0].length;
  }
  return html + escapeHtml(text.slice(at));
}

function formatRun([, quoted, code, label, address, bold, struck, starred, underlined]: RegExpExecArray): string {
  if (quoted !== undefined || code !== undefined) return `<code>${escapeHtml(quoted ?? code ?? '')}</code>`;
  if (label !== undefined && address !== undefined) return `<a href="${escapeHtml(address)}">${inline(label)}</a>`;
  if (bold !== undefined) return `<b>${inline(bold)}</b>`;
  if (struck !== undefined) return `<s>${inline(struck)}</s>`;
  return `<i>${inline(starred ?? underlined ?? '')}</i>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
