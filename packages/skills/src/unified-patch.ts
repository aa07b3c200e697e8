interface Hunk {
  /** Line of the old file at which it is expected, from 0. */
  readonly at: number;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/**
 * Applies a unified diff of one file. Lines may have moved, as long as every hunk's lines stand somewhere, once: what
 * the core changed elsewhere does not matter.
 */
export function applyPatch(text: string, patch: string): { text: string } | { problem: string } {
  const hunks = parseHunks(patch);
  if (hunks.length === 0) return { problem: 'the patch has no hunk (@@ -1,2 +1,3 @@)' };
  let lines = text.split('\n');
  let shift = 0;
  for (const [index, hunk] of hunks.entries()) {
    const at = placeOf(lines, hunk, hunk.at + shift);
    if (at === undefined)
      return { problem: `hunk ${index + 1} of the patch finds its lines nowhere, or in more than one place` };
    lines = [...lines.slice(0, at), ...hunk.after, ...lines.slice(at + hunk.before.length)];
    shift = at - hunk.at + hunk.after.length - hunk.before.length;
  }
  return { text: lines.join('\n') };
}

function parseHunks(patch: string): Hunk[] {
  const hunks: { at: number; before: string[]; after: string[] }[] = [];
  let old = 0;
  let fresh = 0;
  for (const line of patch.split('\n')) {
    const head = /^@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(line);
    const hunk = hunks.at(-1);
    if (head) {
      [old, fresh] = [Number(head[2] ?? 1), Number(head[3] ?? 1)];
      // A hunk without old lines names the line before it.
      hunks.push({ at: Math.max(0, Number(head[1]) - (old === 0 ? 0 : 1)), before: [], after: [] });
    } else if (hunk && (old > 0 || fresh > 0) && !line.startsWith('\\')) {
      if (!line.startsWith('+')) {
        hunk.before.push(line.slice(1));
        old -= 1;
      }
      if (!line.startsWith('-')) {
        hunk.after.push(line.slice(1));
        fresh -= 1;
      }
    }
  }
  return hunks;
}

/** Where it is expected, or the one other place that has its lines. */
function placeOf(lines: readonly string[], { before }: Hunk, expected: number): number | undefined {
  const fits = (at: number): boolean => before.every((line, below) => lines[at + below] === line);
  if (expected <= lines.length && fits(expected)) return expected;
  if (before.length === 0) return undefined;
  const places = lines.flatMap((_, at) => (fits(at) ? [at] : []));
  return places.length === 1 ? places[0] : undefined;
}
