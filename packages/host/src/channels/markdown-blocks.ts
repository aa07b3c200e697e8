import { type Fence, fenceAfter } from './markdown-fence.ts';
import { isTableHead, isTableRow } from './markdown-table.ts';

/** Lines of Markdown that belong together; those of code come without their fences. */
export interface MarkdownBlock {
  readonly kind: 'code' | 'table' | 'prose';
  readonly language: string;
  readonly lines: string[];
}

/** The lines of a text by what they are; a block of code that was not closed, or was cut, goes to the end. */
export function markdownBlocks(text: string): MarkdownBlock[] {
  const blocks: MarkdownBlock[] = [];
  const lines = text.split('\n');
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
      const isTable = isTableHead(line, lines[index + 1]) || (last?.kind === 'table' && isTableRow(line));
      const kind = isTable ? 'table' : 'prose';
      if (last?.kind === kind) last.lines.push(line);
      else blocks.push({ kind, language: '', lines: [line] });
    }
  }
  return blocks;
}
