import { type MarkdownBlock, markdownBlocks } from '../markdown-blocks.ts';
import { tableInColumns } from '../markdown-table.ts';

/**
 * Agents write Markdown, and Discord shows most of it. It has no tables, which become blocks of code, no headings below the
 * third, no rules, no boxes to tick and no pictures by their address.
 */
export function formatDiscord(text: string): string {
  return markdownBlocks(text).map(formatBlock).join('\n');
}

function formatBlock({ kind, language, lines }: MarkdownBlock): string {
  if (kind === 'prose') return lines.map(prose).join('\n');
  const code = kind === 'table' ? tableInColumns(lines) : lines.join('\n');
  // Three backticks within would end the block.
  return `\`\`\`${language}\n${code.replaceAll('```', "'''")}\n\`\`\``;
}

function prose(line: string): string {
  const heading = /^#{4,6}\s+(.+?)\s*#*$/.exec(line)?.[1];
  if (heading !== undefined) return `**${heading.replaceAll('**', '')}**`;
  if (/^\s*(-{3,}|\*{3,}|_{3,})\s*$/.test(line)) return '\u2500'.repeat(8);
  return line
    .replace(/^(\s*[-*+] )\[( |x|X)\] /, (_, item: string, mark: string) => `${item}${mark === ' ' ? '☐' : '☑'} `)
    .replaceAll(/!\[([^\]\n]*)\]\((https?:\/\/[^\s()]+)\)/g, (_, label: string, address: string) =>
      label === '' ? address : `[${label}](${address})`,
    );
}
