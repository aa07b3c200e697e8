/** Where a text is best cut, best first; the cut is after the match. */
const SEAMS = [/\n{2,}/g, /\n/g, /[.!?…]\s+/g, /\s+/g];

/** A cut this early would leave too little in a part; then the next kind of seam is tried. */
const LEAST_FILL = 0.4;

const FENCE = /^```.*$/gm;

/**
 * Cuts a text into parts of at most `most` UTF-16 code units: between paragraphs, else lines, sentences, words, else
 * anywhere but inside a surrogate pair. A code block that is cut is closed and opened again. Never empty; the same
 * text is always cut the same way.
 */
export function splitText(text: string, most: number): string[] {
  const parts: string[] = [];
  let rest = text;
  while (rest.length > most) {
    const opening = '\n```'.length;
    const at = findCut(rest, most - opening);
    const head = rest.slice(0, at).trimEnd();
    const tail = rest.slice(at).trimStart();
    const fence = openFence(head);
    parts.push(fence === undefined ? head : `${head}\n\`\`\``);
    rest = fence === undefined ? tail : `${fence}\n${tail}`;
  }
  return rest === '' && parts.length > 0 ? parts : [...parts, rest];
}

function findCut(text: string, most: number): number {
  const window = text.slice(0, most);
  for (const seam of SEAMS) {
    const last = [...window.matchAll(seam)].map((match) => match.index + match[0].length).at(-1);
    if (last !== undefined && last >= most * LEAST_FILL) return last;
  }
  return /[\uD800-\uDBFF]$/.test(window) ? most - 1 : most;
}

/** The line that opened a code block which is still open at the end; a very long one is repeated without its name. */
function openFence(text: string): string | undefined {
  const fences = [...text.matchAll(FENCE)].map(([line]) => line);
  if (fences.length % 2 === 0) return undefined;
  const opening = fences.at(-1) ?? '```';
  return opening.length > 32 ? '```' : opening;
}
