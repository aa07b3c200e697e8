import { type Fence, fenceAfter } from './markdown-fence.ts';

/** Where a text is best cut, best first; the cut is after the match. */
const SEAMS = [/\n{2,}/g, /\n/g, /[.!?…]\s+/g, /\s+/g];

/** A cut this early would leave too little in a part; then the next kind of seam is tried. */
const LEAST_FILL = 0.4;

/** Longest line that opens a block of code and is repeated as it is; a longer one is repeated without its name. */
const MAX_OPENING_CHARS = 32;

/** A heading at the end of a part: it belongs to what follows. */
const LAST_HEADING = /\n(#{1,6} [^\n]*)\s*$/;

/**
 * Cuts a text into parts of at most `most` UTF-16 code units: between paragraphs, else lines, sentences, words, else
 * anywhere but inside a surrogate pair. A code block that is cut is closed and opened again. Never empty; the same
 * text is always cut the same way.
 */
export function splitText(text: string, most: number): string[] {
  const parts: string[] = [];
  let rest = text;
  while (rest.length > most) {
    // A fence of very many backticks is no reason to leave no room for the text.
    const room = most - 1 - Math.min(longestFence(rest.slice(0, most)), most / 4);
    const at = findCut(rest, Math.floor(room));
    const head = rest.slice(0, at);
    const fence = openFence(head);
    const isCode = fence !== undefined && fence.ticks < most / 4;
    parts.push(isCode ? `${head.trimEnd()}\n${'`'.repeat(fence.ticks)}` : head.trimEnd());
    // Within code the space at the beginning of a line means something.
    const tail = isCode ? rest.slice(at).replace(/^\n+/, '') : rest.slice(at).trimStart();
    rest = isCode ? `${openingOf(fence)}\n${tail}` : tail;
  }
  return rest === '' && parts.length > 0 ? parts : [...parts, rest];
}

function findCut(text: string, most: number): number {
  const window = text.slice(0, most);
  for (const seam of SEAMS) {
    const last = [...window.matchAll(seam)].map((match) => match.index + match[0].length).at(-1);
    if (last !== undefined && last >= most * LEAST_FILL) return withoutHeading(window.slice(0, last), most);
  }
  return /[\uD800-\uDBFF]$/.test(window) ? most - 1 : most;
}

function withoutHeading(head: string, most: number): number {
  const at = LAST_HEADING.exec(head)?.index;
  return at !== undefined && at >= most * LEAST_FILL ? at + 1 : head.length;
}

/** The block of code that is still open at the end. */
function openFence(text: string): Fence | undefined {
  let open: Fence | undefined;
  for (const line of text.split('\n')) open = fenceAfter(line, open);
  return open;
}

function openingOf({ opening, ticks }: Fence): string {
  return opening.length > MAX_OPENING_CHARS ? '`'.repeat(ticks) : opening;
}

function longestFence(text: string): number {
  return Math.max(3, ...[...text.matchAll(/`{3,}/g)].map(([ticks]) => ticks.length));
}
