/** One run of markup within a line: a mark that is none, code, picture, link, bold, struck, italic in its two forms, bare address. */
const INLINE =
  /\\(?<escaped>[\\`*_~[\]()#>|!+.-])|(?<ticks>`+)(?!`)(?<inner>.{1,1000}?)(?<!`)\k<ticks>(?!`)|!?\[(?<label>[^\]\n]{1,300})\]\((?<target>(?:https?:\/\/|mailto:)[^\s()<>"]{1,2000}(?:\([^\s()<>"]{0,200}\)[^\s()<>"]{0,500})?)\)|\*\*\*(?![\s*])(?<both>[^*\n]{1,1000}?)(?<!\s)\*\*\*|\*\*(?!\s)(?<bold>[^\n]{1,1000}?)(?<!\s)\*\*|__(?!\s)(?<strong>[^\n]{1,1000}?)(?<!\s)__|~~(?!\s)(?<struck>[^\n]{1,1000}?)(?<!\s)~~|(?<![\p{L}\p{N}*])\*(?![\s*])(?<starred>[^*\n]{1,1000}?)(?<!\s)\*(?![\p{L}\p{N}*])|(?<![\p{L}\p{N}_])_(?![\s_])(?<lined>[^_\n]{1,1000}?)(?<!\s)_(?![\p{L}\p{N}_])|<(?<auto>https?:\/\/[^\s<>]{1,2000})>|(?<bare>https?:\/\/[^\s<>"`]{1,2000})/gu;

/** A line of Markdown as HTML. What is no markup stays as it was written. */
export function inlineHtml(text: string): string {
  let html = '';
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    html += escapeHtml(text.slice(at, match.index)) + markup(match.groups ?? {});
    at = match.index + match[0].length;
  }
  return html + escapeHtml(text.slice(at));
}

function markup(found: Record<string, string | undefined>): string {
  const { escaped, inner, label, target, both, bold, strong, struck, starred, lined, auto, bare } = found;
  if (escaped !== undefined) return escapeHtml(escaped);
  if (inner !== undefined) return `<code>${escapeHtml(inner.replace(/^ (.*\S.*) $/, '$1'))}</code>`;
  if (label !== undefined && target !== undefined) return link(target, inlineHtml(label));
  if (bare !== undefined) {
    // What ends a sentence does not belong to the address that ends it.
    const address = bare.replace(/[.,;:!?)\]}'*_]+$/, '');
    return link(address, escapeHtml(address)) + escapeHtml(bare.slice(address.length));
  }
  if (auto !== undefined) return link(auto, escapeHtml(auto));
  if (both !== undefined) return `<b><i>${inlineHtml(both)}</i></b>`;
  const heavy = bold ?? strong;
  if (heavy !== undefined) return `<b>${inlineHtml(heavy)}</b>`;
  if (struck !== undefined) return `<s>${inlineHtml(struck)}</s>`;
  return `<i>${inlineHtml(starred ?? lined ?? '')}</i>`;
}

function link(target: string, words: string): string {
  // A link in a link is none: the words of the inner one are shown.
  return `<a href="${escapeHtml(target)}">${words.replaceAll(/<\/?a\b[^>]*>/g, '')}</a>`;
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll(/[\p{Cc}]/gu, (character) => (character === '\n' || character === '\t' ? character : ''))
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
