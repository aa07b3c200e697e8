import type { Answer } from '../step.ts';
import type { Turn } from '../turn.ts';
import { findTool, useTool } from './tools.ts';

const name = '`?([A-Za-z][A-Za-z0-9_-]*)`?';
const inputPart = '(?:\\s+with)?(?:\\s+input)?:?\\s*([\\s\\S]*)';
/** "use the tool send_message with {…}", "call the tool x", "use tool x {…}" */
const namedAfter = new RegExp(`^(?:please\\s+)?(?:use|call)\\s+(?:the\\s+)?tool\\s+${name}${inputPart}$`, 'i');
/** "use the send_message tool with {…}" */
const namedBefore = new RegExp(`^(?:please\\s+)?(?:use|call)\\s+(?:the\\s+)?${name}\\s+tool${inputPart}$`, 'i');
/** "call send_message {…}": only with an input or a name that is offered, or "call me Ann" would be a tool call. */
const bare = new RegExp(`^(?:please\\s+)?(?:use|call)\\s+${name}${inputPart}$`, 'i');

/** Calls the tool that the user names, with the JSON the user gives. */
export function callNamedTool(turn: Turn): Answer | undefined {
  const asked = namedAfter.exec(turn.prompt) ?? namedBefore.exec(turn.prompt) ?? bareCall(turn);
  if (asked === undefined || asked === null) return undefined;
  const [, wanted = '', rest = ''] = asked;
  const input = readInput(rest);
  if (!input.ok) return { kind: 'text', text: `What follows ${wanted} is not a JSON object: ${rest.slice(0, 200)}` };
  return useTool(turn, wanted, input.value);
}

function bareCall(turn: Turn): RegExpExecArray | undefined {
  const match = bare.exec(turn.prompt);
  if (match === null) return undefined;
  const [, wanted = '', rest = ''] = match;
  const isOffered = findTool([...turn.tools, ...turn.deferredTools], wanted) !== undefined;
  return rest.startsWith('{') || (isOffered && rest.trim() === '') ? match : undefined;
}

function readInput(text: string): { ok: true; value: object } | { ok: false } {
  const json = text.replace(/^```(?:json)?|```$|^`|`$/g, '').trim();
  if (json === '' || json === '.') return { ok: true, value: {} };
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ok: true, value } : { ok: false };
  } catch {
    // Not JSON is an answer of its own: the user is told.
    return { ok: false };
  }
}
