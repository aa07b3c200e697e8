/*
 * Agents write Markdown whatever they are told. Telegram shows a part of HTML (Bot API, "HTML style"): bold, italic, struck,
 * code and links. What is no markup stays as it was written.
 */

/** One run of markup within a line; the parts are code, label and address, bold, struck, and italic in its two forms. */
const INLINE =
  /`([^`\n]+)`|\[([^\]\n]+)\]\((https?:\/\/[^\s()<>"]+)\)|\*\*(?!\s)([^\n]+?)(?<!\s)\*\*|~~(?!\s)([^\n]+?)(?<!\s)~~|(?<![\p{L}\p{N}*])\*(?![\s*])([^*\n]+?)(?<!\s)\*(?![\p{L}\p{N}*])|(?<![\p{L}\p{N}_])_(?![\s_])([^_\n]+?)(?<!\s)_(?![\p{L}\p{N}_])/gu;

/** A block of code; one that was not closed, or was cut, goes to the end. */
const FENCE = /^```([\w+-]*)[^\S\n]*\n([\s\S]*?)(?:\n?^```[^\S\n]*$|(?![\s\S]))/gm;

/** The text as Telegram's HTML; undefined when there is nothing in it to be shown in another way. */
export function formatTelegram(text: string): string | undefined {
  const html = between(text, FENCE, prose, ([, language, code = '']) => {
    const inner = language
      ? `<code class="language-${escapeHtml(language)}">${escapeHtml(code)}</code>`
      : escapeHtml(code);
    return code === '' ? '' : `<pre>${inner}</pre>`;
  });
  return html === escapeHtml(text) ? undefined : html;
}

/** Lines outside of code: a heading is a bold line, because Telegram has no headings. */
function prose(text: string): string {
  return text
    .split('\n')
    .map((line) => {
      const heading = /^#{1,6}\s+(.+?)\s*#*$/.exec(line)?.[1];
      return heading === undefined ? inline(line) : `<b>${inline(heading.replaceAll('**', ''))}</b>`;
    })
    .join('\n');
}

function inline(text: string): string {
  return between(text, INLINE, escapeHtml, ([, code, label, address, bold, struck, starred, underlined]) => {
    if (code !== undefined) return `<code>${escapeHtml(code)}</code>`;
    if (label !== undefined && address !== undefined) return `<a href="${escapeHtml(address)}">${inline(label)}</a>`;
    if (bold !== undefined) return `<b>${inline(bold)}</b>`;
    if (struck !== undefined) return `<s>${inline(struck)}</s>`;
    return `<i>${inline(starred ?? underlined ?? '')}</i>`;
  });
}

/** The text with what matches made into something, and what stands between into something else. */
function between(
  text: string,
  pattern: RegExp,
  rest: (text: string) => string,
  found: (match: RegExpExecArray) => string,
): string {
  let html = '';
  let at = 0;
  for (const match of text.matchAll(pattern)) {
    html += rest(text.slice(at, match.index)) + found(match);
    at = match.index + match[0].length;
  }
  return html + rest(text.slice(at));
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
