import type { Answer } from '../step.ts';
import type { Turn } from '../turn.ts';

const nameGiven = /\bmy name is\s+([\p{L}\p{M}\p{N}'’-]+(?:[ ](?!and\b)\p{Lu}[\p{L}\p{M}\p{N}'’-]*)*)/giu;
const nameAsked = /\b(?:what(?:'s|’s| is| was) my name|who am i|do you (?:know|remember) my name)\b/i;
const noteGiven = /^(?:please\s+)?remember(?:\s+that\b|\s+this\b)?\s*[:,]?\s*(.+)$/is;
const notesAsked = /\bwhat\b.*\b(?:ask|asked|tell|told)\b.*\bremember\b|\bwhat (?:do|should|can) you remember\b/i;
const sayingAsked =
  /\bwhat\b.*\b(?:did i|have i|i)\s+(?:say|said|write|written|wrote|ask|asked|tell|told)\b.*\b(first|last)\b/i;
const thingAsked = /\bwhat was (?:the|my) (first|last) (?:thing|message|question)\b/i;
const shownChars = 500;

/** Answers from what was said earlier in this conversation, and acknowledges what it is to keep. */
export function recall(turn: Turn): Answer | undefined {
  const text = answer(turn);
  return text === undefined ? undefined : { kind: 'text', text };
}

function answer(turn: Turn): string | undefined {
  if (nameAsked.test(turn.opening)) return tellName(turn.earlier);
  if (notesAsked.test(turn.opening)) return tellNotes(turn.earlier);
  const which = (sayingAsked.exec(turn.opening) ?? thingAsked.exec(turn.opening))?.[1];
  if (which !== undefined) return tellSaying(turn.earlier, which.toLowerCase() === 'first');

  const name = nameIn(turn.prompt);
  if (name !== undefined) return `Nice to meet you, ${name}. I will remember your name in this conversation.`;
  const note = noteIn(turn.prompt);
  return note === undefined ? undefined : `I will remember: ${note}`;
}

function tellName(earlier: readonly string[]): string {
  const name = earlier.map(nameIn).findLast((found) => found !== undefined);
  return name === undefined ? 'You have not told me your name in this conversation.' : `Your name is ${name}.`;
}

function tellNotes(earlier: readonly string[]): string {
  const notes = earlier.map(noteIn).filter((note) => note !== undefined);
  if (notes.length === 0) return 'You have not asked me to remember anything in this conversation.';
  return `You asked me to remember: ${notes.join('; ')}`;
}

function tellSaying(earlier: readonly string[], isFirst: boolean): string {
  const saying = isFirst ? earlier[0] : earlier.at(-1);
  if (saying === undefined) return 'You have not said anything before this.';
  return `${isFirst ? 'First' : 'Last'} you said: ${saying.slice(0, shownChars)}`;
}

function nameIn(text: string): string | undefined {
  return [...text.matchAll(nameGiven)].at(-1)?.[1];
}

function noteIn(text: string): string | undefined {
  return noteGiven.exec(text)?.[1]?.trim().slice(0, shownChars);
}
