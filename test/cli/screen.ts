import { splitGraphemes, textWidth } from '@nanoclaw/host/cli/terminal-text.js';

const ESCAPE = '\u001b';
const CONTROL_SEQUENCE = new RegExp(`^${ESCAPE}\\[([0-9;?]*)([A-Za-z])`);
const BEGUN_SEQUENCE = new RegExp(`^${ESCAPE}(\\[[0-9;?]*)?$`);

/**
 * A terminal as far as our programs use one: text with wide characters and wrapping, carriage return, line feed, cursor
 * moves, erasing and a scrolling screen. Other escape sequences are kept in `foreign`, so that tests can forbid them.
 */
export function createScreen(size: { columns: number; rows: number }) {
  let cells: string[][] = [[]];
  let row = 0;
  let column = 0;
  let rest = '';
  const foreign: string[] = [];

  const top = (): number => Math.max(0, cells.length - size.rows);
  function lineFeed(): void {
    row += 1;
    while (cells.length <= row) cells.push([]);
  }
  function put(grapheme: string): void {
    const width = textWidth(grapheme);
    if (column + width > size.columns) {
      column = 0;
      lineFeed();
    }
    const line = cells[row]!;
    while (line.length < column) line.push(' ');
    line[column] = grapheme;
    if (width === 2) line[column + 1] = '';
    column += width;
  }
  function control(parameters: string, final: string): void {
    const count = Number(parameters || 1);
    if (final === 'A') row = Math.max(top(), row - count);
    else if (final === 'B') row = Math.min(cells.length - 1, row + count);
    else if (final === 'C') column = Math.min(size.columns - 1, column + count);
    else if (final === 'D') column = Math.max(0, column - count);
    else if (final === 'J' || final === 'K') {
      cells[row]!.length = Math.min(cells[row]!.length, column);
      if (final === 'J') cells = cells.slice(0, row + 1);
    } else if (!(final === 'm' || parameters.startsWith('?2004'))) foreign.push(`CSI ${parameters}${final}`);
  }

  return {
    foreign,
    write(text: string): void {
      let left = rest + text;
      rest = '';
      while (left !== '') {
        const sequence = CONTROL_SEQUENCE.exec(left);
        if (sequence) control(sequence[1]!, sequence[2]!);
        else if (BEGUN_SEQUENCE.test(left)) {
          rest = left;
          return;
        } else if (left.startsWith('\r')) column = 0;
        else if (left.startsWith('\n')) lineFeed();
        else if (/^\p{Cc}/u.test(left)) foreign.push(JSON.stringify(left.slice(0, 8)));
        else {
          const plain = /^\P{Cc}+/u.exec(left)![0];
          for (const grapheme of splitGraphemes(plain)) put(grapheme);
          left = left.slice(plain.length);
          continue;
        }
        left = left.slice(sequence ? sequence[0].length : 1);
      }
    },
    /** Everything that is to be seen, scrolled lines included. */
    lines: (): string[] => cells.map((line) => line.join('').trimEnd()),
    text(): string {
      return this.lines().join('\n').trimEnd();
    },
    cursor: () => ({ row, column }),
  };
}

export type Screen = ReturnType<typeof createScreen>;
