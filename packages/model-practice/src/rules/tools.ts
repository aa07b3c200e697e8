import type { Answer } from '../step.ts';
import type { Turn } from '../turn.ts';

export const toolSearch = 'ToolSearch';

/**
 * The step that calls a tool: at once when it is offered, through ToolSearch when it is deferred, and otherwise a
 * sentence that says what is offered.
 */
export function useTool(turn: Turn, wanted: string, input: unknown): Answer {
  const offered = findTool(turn.tools, wanted);
  if (offered !== undefined) return { kind: 'tools', calls: [{ name: offered, input }] };

  const deferred = findTool(turn.deferredTools, wanted);
  if (deferred === undefined) return notOffered(turn, wanted);
  const searches = turn.results.filter((result) => result.name === toolSearch);
  if (searches.length === 0) {
    return { kind: 'tools', calls: [{ name: toolSearch, input: { query: `select:${deferred}`, max_results: 1 } }] };
  }
  // After a search the tool is callable even where the client does not list it among `tools`.
  if (searches.some((search) => !search.isError && search.text.includes(deferred))) {
    return { kind: 'tools', calls: [{ name: deferred, input }] };
  }
  return { kind: 'text', text: `The tool ${deferred} could not be loaded.` };
}

/** The full name of a tool: as given, as the short name of an MCP tool, or in other letter case. */
export function findTool(names: readonly string[], wanted: string): string | undefined {
  return (
    names.find((name) => name === wanted) ??
    names.find((name) => name.startsWith('mcp__') && name.endsWith(`__${wanted}`)) ??
    names.find((name) => name.toLowerCase() === wanted.toLowerCase())
  );
}

function notOffered(turn: Turn, wanted: string): Answer {
  const names = [...turn.tools, ...turn.deferredTools.filter((name) => name.startsWith('mcp__'))].join(', ');
  return { kind: 'text', text: `I have no tool called ${wanted}. Tools I have: ${names === '' ? 'none' : names}.` };
}
