import type { ToolResult } from '../conversation.ts';

const maxShownChars = 8_000;

/** What the tools answered, as words for the user. */
export function toolAnswer(results: readonly ToolResult[]): string {
  return results.map(oneAnswer).join('\n\n');
}

function oneAnswer(result: ToolResult): string {
  const text = result.text.trim();
  const shown = text.length > maxShownChars ? `${text.slice(0, maxShownChars)}…` : text;
  if (result.isError) return `The tool ${result.name} failed: ${shown === '' ? 'it gave no reason' : shown}`;
  return shown === '' ? `The tool ${result.name} answered nothing.` : shown;
}
