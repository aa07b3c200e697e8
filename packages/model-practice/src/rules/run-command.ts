import type { Answer } from '../step.ts';
import type { Turn } from '../turn.ts';
import { useTool } from './tools.ts';

const run = /^(?:please\s+|can you\s+|could you\s+)*(?:run|execute)(?:\s+the command)?\b\s*:?\s*([\s\S]+)$/i;
const folder =
  /\b(?:what(?:'s|’s| is)|show me what(?:'s|’s| is))\s+in\s+(?:your|this|the|my)\s+(?:folder|directory|workspace)\b|\blist\s+(?:(?:your|the|my|all|all your)\s+)?files\b/i;
const listFolder = 'pwd && ls -la';

/** Runs a shell command when asked to, or lists the folder when asked what is in it. */
export function runCommand(turn: Turn): Answer | undefined {
  const command = commandIn(turn);
  if (command === undefined) return undefined;
  return useTool(turn, 'Bash', { command, description: 'What the user asked to run' });
}

function commandIn({ prompt, opening }: Turn): string | undefined {
  const asked = run.exec(prompt)?.[1];
  if (asked !== undefined) return unquoted(asked);
  return folder.test(opening) ? listFolder : undefined;
}

/** A fenced block or the words between backticks; otherwise everything. */
function unquoted(text: string): string {
  const fenced = /```(?:\w*\n)?([\s\S]*?)```/.exec(text)?.[1];
  return (fenced ?? /`([^`]+)`/.exec(text)?.[1] ?? text).trim();
}
