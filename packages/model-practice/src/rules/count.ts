import type { Answer } from '../step.ts';
import type { Turn } from '../turn.ts';

const count = /\bcount\s+(?:up\s+)?to\s+(\d{1,9})\b(.*)$/is;
const maxCount = 100;
const slowDelayMs = 150;

/** Counts, one number per piece of the stream; "slowly" puts a pause before each. */
export function countTo(turn: Turn): Answer | undefined {
  const match = count.exec(turn.opening);
  if (match === null) return undefined;
  const last = Math.min(Number(match[1]), maxCount);
  if (last < 1) return { kind: 'text', text: 'There is nothing to count.' };
  const numbers = Array.from({ length: last }, (_, index) => String(index + 1));
  const isSlow = /\bslowly\b/i.test(match[2] ?? '');
  return { kind: 'text', text: numbers.join(' '), chunks: last, delayMs: isSlow ? slowDelayMs : 0 };
}
