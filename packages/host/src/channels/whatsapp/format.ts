/*
 * Agents write Markdown whatever they are told. WhatsApp has marks of its own: *bold*, _italic_, ~struck~, `code`, ```block```,
 * lists and quotations as in Markdown; no headings, links with a text of their own, or tables.
 */

/** Runs of markup within a line, each with its parts: code, link, bare address, bold and italic at once, bold, struck, italic. */
const RUNS = {
  code: /`([^`\n]+)`/u,
  link: /!?\[([^\]\n]+)\]\((https?:\/\/(?:[^\s()<>"]|\([^\s()<>"]*\))+)\)/u,
  address: /<(https?:\/\/[^\s<>"]+)>/u,
  both: /\*\*\*(?![\s*])([^*\n]+?)(?<!\s)\*\*\*/u,
  bold: /\*\*(?![\s*])([^\n]+?)(?<!\s)\*\*/u,
  underlined: /(?<![\p{L}\p{N}_])__(?![\s_])([^\n]+?)(?<![\s_])__(?![\p{L}\p{N}_])/u,
  struck: /~~(?!\s)([^\n]+?)(?<!\s)~~/u,
  starred: /(?<![\p{L}\p{N}*\\])\*(?![\s*])([^*\n]+?)(?<![\s\\])\*(?![\p{L}\p{N}*])/u,
  slanted: /(?<![\p{L}\p{N}_\\])_(?![\s_])([^_\n]+?)(?<!\s)_(?![\p{L}\p{N}_])/u,
};
const INLINE = new RegExp(
  Object.values(RUNS)
    .map(({ source }) => source)
    .join('|'),
  'gu',
);

/** A block of code; one that was not closed, or was cut, goes to the end. */
const FENCE = /^(`{3,})[\w+-]*[^\S\n]*\n([\s\S]*?)(?:\n?^\1[^\S\n]*$|(?![\s\S]))/gm;

/** The text as WhatsApp shows what was meant. */
export function formatWhatsApp(text: string): string {
  let shown = '';
  let at = 0;
  for (const match of text.matchAll(FENCE)) {
    // There are no blocks within blocks.
    const code = (match[2] ?? '').replaceAll('```', "'''");
    shown += prose(text.slice(at, match.index)) + (code === '' ? '' : `\`\`\`\n${code}\n\`\`\``);
    at = match.index + match[0].length;
  }
  return shown + prose(text.slice(at));
}

/** Lines outside of code. */
function prose(text: string): string {
  const lines = text.split('\n');
  const shown: string[] = [];
  for (let at = 0; at < lines.length; ) {
    const table = tableAt(lines, at);
    if (table === undefined) shown.push(line(lines[at++] ?? ''));
    else {
      shown.push(alignTable(table));
      // The line below the heads is only drawn.
      at += table.length + 1;
    }
  }
  return shown.join('\n');
}

/** A heading is a bold line, because WhatsApp has no headings. */
function line(text: string): string {
  if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(text)) return '———';
  const heading = /^#{1,6}\s+(.+?)\s*#*$/.exec(text)?.[1];
  if (heading !== undefined) return `*${inline(heading.replaceAll('**', '').replaceAll('__', ''))}*`;
  const [, indent = '', item] = /^(\s*)[*+]\s+(.*)$/.exec(text) ?? [];
  return item === undefined ? inline(text) : `${indent}- ${inline(item)}`;
}

function inline(text: string): string {
  return text.replaceAll(INLINE, (whole, code, label, target, address, both, bold, underlined, struck, ...italic) => {
    if (code !== undefined) return whole;
    if (label !== undefined) return label === target ? target : `${inline(label)} (${target})`;
    if (address !== undefined) return address;
    if (both !== undefined) return `*_${inline(both)}_*`;
    if (bold !== undefined || underlined !== undefined) return `*${inline(bold ?? underlined)}*`;
    if (struck !== undefined) return `~${inline(struck)}~`;
    return `_${inline(italic[0] ?? italic[1])}_`;
  });
}

/** The rows of a table that begins here, without the line below its heads. */
function tableAt(lines: readonly string[], at: number): string[][] | undefined {
  const [head = '', ruler = ''] = lines.slice(at, at + 2);
  if (!head.includes('|') || !/^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/.test(ruler) || !ruler.includes('|'))
    return undefined;
  const rest = lines.slice(at + 2);
  const end = rest.findIndex((row) => !row.includes('|'));
  return [head, ...(end === -1 ? rest : rest.slice(0, end))].map(cellsOf);
}

function cellsOf(row: string): string[] {
  const bare = row.trim().replace(/^\|/, '').replace(/\|$/, '');
  return bare.split('|').map((cell) => inline(cell.trim().replaceAll(/\*\*|`/g, '')));
}

/** Columns stand below each other only where all letters are of one width. */
function alignTable(rows: readonly string[][]): string {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => [...(row[column] ?? '')].length)),
  );
  const drawn = rows.map((row) =>
    widths
      .map((width, column) => (row[column] ?? '') + ' '.repeat(width - [...(row[column] ?? '')].length))
      .join('  ')
      .trimEnd(),
  );
  const [head = '', ...rest] = drawn;
  return ['```', head, widths.map((width) => '-'.repeat(width)).join('  '), ...rest, '```'].join('\n');
}
