import type { EditedText } from './line-editor.ts';
import { neutralise, textWidth, wrapText } from './terminal-text.ts';

/** The changing lines at the bottom of a chat: what the assistant is doing, then what is being typed. */
export interface LiveView {
  readonly status: string;
  readonly prompt: string;
  readonly edited: EditedText;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

export interface LiveLayout {
  readonly lines: readonly string[];
  readonly statusLines: number;
  readonly cursorRow: number;
  readonly cursorColumn: number;
}

/** Most lines of a growing answer that are shown; the rest appears when it is complete. */
const MAX_STATUS_LINES = 8;

/** How much of a long text around its visible part is laid out, in UTF-16 code units. */
const WINDOW_CHARS = 8_000;

const ESCAPE = '\u001b';

/** Lays the view out so that no line is as wide as the terminal: then it never wraps a line by itself. */
export function layoutLive(view: LiveView, size: TerminalSize): LiveLayout {
  const columns = Math.max(2, size.columns - 1);
  const maxStatus = Math.max(0, Math.min(MAX_STATUS_LINES, size.rows - 3));
  const status = neutralise(view.status.slice(-WINDOW_CHARS));
  const statusLines = status === '' || maxStatus === 0 ? [] : wrapText(status, columns).slice(-maxStatus);
  const { text, cursor } = view.edited;
  const before = view.prompt + text.slice(Math.max(0, cursor - WINDOW_CHARS), cursor);
  const beforeLines = wrapText(before, columns);
  const inputLines = wrapText(before + text.slice(cursor, cursor + WINDOW_CHARS), columns);
  const maxInput = Math.max(1, size.rows - 1 - statusLines.length);
  const row = beforeLines.length - 1;
  const first = Math.max(0, row - maxInput + 1);
  return {
    lines: [...statusLines, ...inputLines.slice(first, first + maxInput)],
    statusLines: statusLines.length,
    cursorRow: statusLines.length + row - first,
    cursorColumn: textWidth(beforeLines.at(-1) ?? ''),
  };
}

export interface LiveArea {
  /** Shows the view in place of the one before; `above` is printed for good before it. */
  draw(view: LiveView, above?: string): void;
  /** Removes it. */
  clear(): void;
}

/** Draws the live lines at the bottom of a terminal and redraws them in place. */
export function createLiveArea(stdout: NodeJS.WriteStream): LiveArea {
  let drawn: LiveLayout | undefined;

  const size = (): TerminalSize => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 });

  /** A terminal that became narrower has wrapped what was drawn, so rows are counted anew. */
  function erase(): string {
    if (drawn === undefined) return '';
    const { columns } = size();
    const rowsOf = (width: number): number => Math.max(1, Math.ceil(width / columns));
    const above = drawn.lines.slice(0, drawn.cursorRow).reduce((sum, line) => sum + rowsOf(textWidth(line)), 0);
    const up = above + Math.floor(drawn.cursorColumn / columns);
    return `${up > 0 ? `${ESCAPE}[${up}A` : ''}\r${ESCAPE}[J`;
  }

  return {
    draw(view, above) {
      const layout = layoutLive(view, size());
      const permanent = above === undefined ? '' : `${neutralise(above).replaceAll('\n', '\r\n')}\r\n`;
      const lines = layout.lines.map((line, row) =>
        row < layout.statusLines ? `${ESCAPE}[2m${line}${ESCAPE}[22m` : line,
      );
      const up = layout.lines.length - 1 - layout.cursorRow;
      const back = `${up > 0 ? `${ESCAPE}[${up}A` : ''}\r${layout.cursorColumn > 0 ? `${ESCAPE}[${layout.cursorColumn}C` : ''}`;
      stdout.write(`${erase()}${permanent}${lines.join('\r\n')}${back}`);
      drawn = layout;
    },
    clear() {
      stdout.write(erase());
      drawn = undefined;
    },
  };
}
