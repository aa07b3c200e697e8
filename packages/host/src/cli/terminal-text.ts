/** East Asian wide and full-width characters, and everything that is shown as a picture. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}]|\ufe0f|\p{Emoji_Presentation}/u;

const ZERO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}]+$/u;

const PLAIN_ASCII = /^[ -~]*$/;

/** Made on first use: it costs memory and time that a host without a terminal need not spend. */
let graphemes: Intl.Segmenter | undefined;

/**
 * Text of somebody else for a terminal: agents and chat partners must not be able to move the cursor, set the title or
 * the clipboard, or turn the direction of writing. Line breaks and tabs stay; other control characters become visible.
 */
export function neutralise(text: string): string {
  return text
    .replaceAll(/\r\n|[\u2028\u2029]/g, '\n')
    .replaceAll(/\p{Bidi_Control}/gu, '')
    .replaceAll(/[^\P{Cc}\n\t]/gu, visible);
}

/** The picture that Unicode has for a control character. */
function visible(control: string): string {
  const code = control.charCodeAt(0);
  if (code === 0x7f) return '\u2421';
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : '\ufffd';
}

/** What a reader takes for one character each. */
export function splitGraphemes(text: string): string[] {
  if (PLAIN_ASCII.test(text)) return [...text];
  graphemes ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return [...graphemes.segment(text)].map(({ segment }) => segment);
}

/** Terminal columns that neutralised text without line breaks takes. */
export function textWidth(text: string): number {
  if (PLAIN_ASCII.test(text)) return text.length;
  return splitGraphemes(text).reduce((sum, grapheme) => sum + graphemeWidth(grapheme), 0);
}

function graphemeWidth(grapheme: string): number {
  if (ZERO_WIDTH.test(grapheme)) return 0;
  return WIDE.test(grapheme) ? 2 : 1;
}

/** Breaks neutralised text into lines of at most `columns` columns; line breaks in it stay. A tab counts as two spaces. */
export function wrapText(text: string, columns: number): string[] {
  return text
    .replaceAll('\t', '  ')
    .split('\n')
    .flatMap((line) => wrapLine(line, columns));
}

function wrapLine(line: string, columns: number): string[] {
  const lines: string[] = [];
  let current = '';
  let width = 0;
  for (const grapheme of splitGraphemes(line)) {
    const more = graphemeWidth(grapheme);
    if (width + more > columns && current !== '') {
      lines.push(current);
      current = '';
      width = 0;
    }
    current += grapheme;
    width += more;
  }
  return [...lines, current];
}

/** Columns side by side, two spaces apart; line breaks in the last one continue below it. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.slice(0, -1).entries()) {
      widths[index] = Math.max(widths[index] ?? 0, textWidth(cell));
    }
  }
  const indent = ' '.repeat(widths.reduce((sum, width) => sum + width + 2, 0));
  return rows.map((row) => formatRow(row, widths, indent)).join('\n');
}

function formatRow(row: readonly string[], widths: readonly number[], indent: string): string {
  const cells = row.slice(0, -1).map((cell, index) => cell + ' '.repeat((widths[index] ?? 0) - textWidth(cell) + 2));
  return `${cells.join('')}${(row.at(-1) ?? '').replaceAll(/\n(?!\n|$)/g, `\n${indent}`)}`.trimEnd();
}
