/**
 * When a conversation grows too long (or on /compact) the client asks for a summary and starts again from it. The
 * practice model's summary is the list of what was said, in a form it can read back, so that memory survives.
 */
const summaryLine = /^- the user said: (".*")$/gm;
const continuationStart = /^This session is being continued from a previous conversation/;
const maxSummaryLines = 100;
const maxLineChars = 500;

/** A summary of what was said; the newest lines win when there are too many. */
export function summaryOf(said: readonly string[]): string {
  const lines = said
    .slice(-maxSummaryLines)
    .map((line) => `- the user said: ${JSON.stringify(line.slice(0, maxLineChars))}`);
  return `<summary>\nThis conversation so far, oldest first:\n${lines.join('\n')}\n</summary>`;
}

/** What was said according to a summary that the client put at the start of a conversation; undefined for other text. */
export function summarisedLines(text: string): string[] | undefined {
  if (!continuationStart.test(text)) return undefined;
  return [...text.matchAll(summaryLine)].flatMap(([, quoted = '""']) => {
    const line: unknown = parseQuoted(quoted);
    return typeof line === 'string' ? [line] : [];
  });
}

function parseQuoted(quoted: string): unknown {
  try {
    return JSON.parse(quoted);
  } catch {
    // A summary written by a real model may hold a line of this shape that is not JSON: it is not ours.
    return undefined;
  }
}
