/** What stands before a quotation: who wrote it and when, in the languages of common mail programs. */
const INTRODUCTION =
  /^(On\b.{0,200}\bwrote|Am\b.{0,200}\bschrieb.{0,100}|Le\b.{0,200}\ba écrit|El\b.{0,200}\bescribió|Il\b.{0,200}\bha scritto|Op\b.{0,200}\bschreef.{0,100}|Em\b.{0,200}\bescreveu)\s?:$/iu;

/** The same in any language, on one line: a name, its address, a word and a colon. */
const NAMED = /^.{0,100}<[^<>\s]{1,100}@[^<>\s]{1,100}>.{0,40}:$/u;

/** A line from which on everything is another mail. */
const DIVIDER =
  /^(-{2,}\s*(Original Message|Forwarded message|Ursprüngliche Nachricht|Message d'origine|Mensaje original)\s*-{2,}|_{20,}|Begin forwarded message:)\s*$/iu;

/** What follows a divider that divides a reply from what it replies to; a forwarded mail is what its sender wants read. */
const FORWARDED = /forward/i;

/**
 * What the writer of a mail has written: without the quotation at its end, and without the signature. Quotations between
 * the lines stay, because the answers refer to them; a mail of nothing else stays as it is.
 */
export function withoutQuotes(text: string): string {
  const lines = text.replaceAll('\r\n', '\n').trim().split('\n');
  const divider = lines.findIndex((line) => DIVIDER.test(line.slice(0, 200)) && !FORWARDED.test(line));
  let kept = divider === -1 ? lines : lines.slice(0, divider);
  kept = withoutSignature(withoutFinalQuote(kept));
  const own = kept.join('\n').trim();
  return own === '' ? text.trim() : own;
}

function withoutFinalQuote(lines: readonly string[]): string[] {
  let end = lines.length;
  while (end > 0 && /^\s*(>.*)?$/.test(lines[end - 1] ?? '')) end--;
  if (!lines.slice(end).some((line) => line.trimStart().startsWith('>'))) return [...lines];
  const before = lines.slice(0, end);
  // Programs break the introduction of a quotation over two lines, or three.
  for (const count of [1, 2, 3]) {
    const introduction = before.slice(-count).join(' ').trim();
    if (introduction.length <= 500 && INTRODUCTION.test(introduction)) return before.slice(0, -count);
  }
  return NAMED.test(before.at(-1)?.slice(0, 500) ?? '') ? before.slice(0, -1) : before;
}

/** A line of two dashes and a space begins a signature (RFC 3676); many programs lose the space. */
function withoutSignature(lines: readonly string[]): string[] {
  const at = lines.findLastIndex((line) => line === '-- ' || line === '--');
  const isShort = at !== -1 && lines.length - at <= MAX_SIGNATURE_LINES;
  return isShort ? lines.slice(0, at) : [...lines];
}

const MAX_SIGNATURE_LINES = 15;
