import { neutralise, wrapText } from './terminal-text.ts';

/** How much of a long text is looked at for its last line. */
const TAIL_CHARS = 1_000;

const DEFAULT_COLUMNS = 80;

/**
 * Shows the newest line of a growing text in one line that replaces itself; an empty text removes it. Nothing is
 * written when the stream is no terminal.
 */
export function createProgressLine(stream: NodeJS.WriteStream): (text: string) => void {
  let isShown = false;
  return (text) => {
    if (!stream.isTTY || (text === '' && !isShown)) return;
    const columns = Math.max(2, (stream.columns || DEFAULT_COLUMNS) - 1);
    const line = wrapText(neutralise(text.slice(-TAIL_CHARS)).trimEnd(), columns).at(-1) ?? '';
    stream.write(`\r\u001b[K${line}`);
    isShown = line !== '';
  };
}
