import { type MarkdownBlock, markdownBlocks } from '../markdown-blocks.ts';
import { tableInColumns } from '../markdown-table.ts';

/*
 * Agents write Markdown whatever they are told. Slack shows "mrkdwn": *bold*, _italic_, ~struck~, `code`, blocks of code,
 * and links as <address|label>. It has neither headings nor tables. In a text only &, < and > mean something to Slack, so with
 * these escaped nobody can be called and nothing linked by what an agent writes.
 */

/** One run of markup within a line; the parts are code, label and address, bold, struck, and italic in its two forms. */
const INLINE =
  /`([^`\n]+)`|!?\[([^\]\n]+)\]\((https?:\/\/(?:[^\s()<>"|]|\([^\s()<>"|]*\))+)\)|\*\*(?!\s)([^\n]+?)(?<!\s)\*\*|~~(?!\s)([^\n]+?)(?<!\s)~~|(?<![\p{L}\p{N}*])\*(?![\s*])([^*\n]+?)(?<!\s)\*(?![\p{L}\p{N}*])|(?<![\p{L}\p{N}_])_(?![\s_])([^_\n]+?)(?<!\s)_(?![\p{L}\p{N}_])/gu;

/** The text as Slack is given it. */
export function formatSlack(text: string): string {
  return markdownBlocks(text).map(formatBlock).join('\n');
}

/** A name or a word of a person, so that it means nothing to Slack. */
export function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function formatBlock({ kind, lines }: MarkdownBlock): string {
  if (kind === 'prose') return lines.map(line).join('\n');
  const code = kind === 'table' ? tableInColumns(lines) : lines.join('\n');
  // Three backticks within would end the block.
  return `\`\`\`\n${escapeSlack(code.replaceAll('```', "'''"))}\n\`\`\``;
}

/** A line outside of code: a heading is a bold line, and the items of a list have dots. */
function line(text: string): string {
  const heading = /^#{1,6}\s+(.+?)\s*#*$/.exec(text)?.[1];
  if (heading !== undefined) return `*${inline(heading.replaceAll(/\*\*|\*|__/g, ''))}*`;
  if (/^\s*(-{3,}|\*{3,}|_{3,})\s*$/.test(text)) return '\u2500'.repeat(8);
  const [, indent, box, item] = /^(\s*)[-*+]\s+(?:\[([ xX])\]\s+)?(.*)$/.exec(text) ?? [];
  if (item !== undefined) return `${indent}${box === undefined ? '•' : box === ' ' ? '☐' : '☑'} ${inline(item)}`;
  const quote = /^>\s?(.*)$/.exec(text)?.[1];
  return quote === undefined ? inline(text) : `>${inline(quote)}`;
}

function inline(text: string): string {
  let made = '';
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    made += escapeSlack(text.slice(at, match.index)) + formatRun(match);
    at = match.index + match[0].length;
  }
  return made + escapeSlack(text.slice(at));
}

function formatRun([, code, label, address, bold, struck, starred, underlined]: RegExpExecArray): string {
  if (code !== undefined) return `\`${escapeSlack(code)}\``;
  if (label !== undefined && address !== undefined) {
    return `<${escapeSlack(address)}|${escapeSlack(label.replaceAll(/[*_~`|]/g, ''))}>`;
  }
  if (bold !== undefined) return `*${inline(bold)}*`;
  if (struck !== undefined) return `~${inline(struck)}~`;
  return `_${inline(starred ?? underlined ?? '')}_`;
}
