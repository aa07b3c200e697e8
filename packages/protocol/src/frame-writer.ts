import { OUTPUT_END, OUTPUT_START, type OutputBlock } from './output-block.ts';

/**
 * The text of one framed block. It begins with a line break so that the marker stands on its own line even when
 * something else left an unfinished line on the same stream.
 */
export function formatFrame(block: OutputBlock): string {
  return `\n${OUTPUT_START}\n${JSON.stringify(block)}\n${OUTPUT_END}\n`;
}
