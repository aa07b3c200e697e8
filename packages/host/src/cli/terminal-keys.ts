import { emitKeypressEvents } from 'node:readline';
import type { CliDeps } from './cli-deps.ts';
import type { KeyPress } from './line-editor.ts';

/** What a chat needs of a terminal. */
export type Terminal = Pick<CliDeps, 'stdin' | 'stdout'>;

const PASTE_MARKS_ON = '\u001b[?2004h';
const PASTE_MARKS_OFF = '\u001b[?2004l';

/** Takes the keyboard key by key until the returned function gives it back; `onEnd` is called when the terminal is gone. */
export function readKeys(
  terminal: Terminal,
  on: { key: (typed: string | undefined, key: KeyPress) => void; resize: () => void; end: () => void },
): () => void {
  const { stdin, stdout } = terminal;
  const onKey = (typed: string | undefined, key: KeyPress | undefined): void => on.key(typed, key ?? {});
  emitKeypressEvents(stdin);
  stdin.on('keypress', onKey);
  stdin.once('end', on.end);
  stdout.on('resize', on.resize);
  stdin.setRawMode(true);
  stdin.resume();
  stdout.write(PASTE_MARKS_ON);
  return () => {
    stdout.write(PASTE_MARKS_OFF);
    stdin.off('keypress', onKey);
    stdin.off('end', on.end);
    stdout.off('resize', on.resize);
    stdin.setRawMode(false);
    stdin.pause();
  };
}
