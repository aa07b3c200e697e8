import type { Answer } from '../step.ts';
import type { Turn } from '../turn.ts';

/** The words by which people (and tests) know that no real model answers. */
export const practicePhrase = 'practice model: no key is set';

const greeting = /^(?:hi|hello|hey|hallo|good (?:morning|afternoon|evening)|help|\/help)\b[^\n]{0,30}$/i;
const identity =
  /\b(?:who|what) are you\b|\bwhat(?:'s|’s| is) your name\b|\bwhat can you do\b|\bwhich model\b|\bare you (?:a )?(?:real|claude|human|an ai)\b/i;

const abilities =
  'I can remember what you tell me in this conversation, run a command in the sandbox ("run `date`"), show my folder, call a tool by name, and count slowly.';

/** Greets, and says what answers here and what it can do. */
export function introduce(turn: Turn): Answer | undefined {
  if (identity.test(turn.opening)) return { kind: 'text', text: `I am the ${practicePhrase}. ${abilities}` };
  if (!greeting.test(turn.opening)) return undefined;
  return { kind: 'text', text: `Hello! I am the ${practicePhrase}. ${abilities}` };
}

/** The first answer of a conversation says that it comes from the practice model; later ones do not repeat it. */
export function withNotice(turn: Turn, text: string): string {
  if ([text, ...turn.answers].some((said) => said.includes(practicePhrase))) return text;
  return `${text}\n\n(I am the ${practicePhrase}, so my answers follow simple rules.)`;
}
