import type { Answer } from '../step.ts';
import type { Turn } from '../turn.ts';

const maxEchoChars = 300;

/** The honest answer to everything no other rule knows. */
export function echo(turn: Turn): Answer {
  if (turn.prompt === '') return { kind: 'text', text: 'I received no message.' };
  const characters = [...turn.prompt];
  const isLong = characters.length > maxEchoChars;
  return { kind: 'text', text: `You said: ${isLong ? `${characters.slice(0, maxEchoChars).join('')}…` : turn.prompt}` };
}
