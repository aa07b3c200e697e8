import { neutralise, splitGraphemes } from './terminal-text.ts';

/** A key as `node:readline` decodes it. */
export interface KeyPress {
  readonly name?: string | undefined;
  readonly ctrl?: boolean | undefined;
  readonly meta?: boolean | undefined;
  readonly sequence?: string | undefined;
}

/** What a key led to; `unchanged` needs no redraw. */
export type KeyEffect =
  | { kind: 'unchanged' }
  | { kind: 'changed' }
  | { kind: 'leave' }
  | { kind: 'submit'; text: string };

/** What is being typed; `cursor` is a place in `text`. */
export interface EditedText {
  readonly text: string;
  readonly cursor: number;
}

export interface LineEditor {
  press(typed: string | undefined, key: KeyPress): KeyEffect;
  view(): EditedText;
}

/** Most sent texts that the up key brings back. */
const MAX_HISTORY = 100;

/** How far before or after the cursor one visible character may reach, in UTF-16 code units. */
const GRAPHEME_REACH = 64;

/**
 * The line being typed. A pasted text (bracketed paste) arrives as a whole with its line breaks, alt+enter adds a line,
 * enter submits, ^C or ^D on an empty line leaves.
 */
export function createLineEditor(): LineEditor {
  const history: string[] = [];
  let place = 0;
  let edited: EditedText = { text: '', cursor: 0 };
  let paste: string[] | undefined;

  function takePaste(typed: string | undefined, key: KeyPress): KeyEffect {
    if (key.name !== 'paste-end') {
      paste?.push(typed ?? key.sequence ?? '');
      return { kind: 'unchanged' };
    }
    edited = insert(edited, neutralise((paste ?? []).join('').replaceAll(/\r\n?/g, '\n')));
    paste = undefined;
    return { kind: 'changed' };
  }

  function submit(): KeyEffect {
    const { text } = edited;
    if (text.trim() === '') return { kind: 'unchanged' };
    if (history.at(-1) !== text) history.push(text);
    if (history.length > MAX_HISTORY) history.shift();
    place = history.length;
    edited = { text: '', cursor: 0 };
    return { kind: 'submit', text };
  }

  function recall(step: number): void {
    place = Math.min(history.length, Math.max(0, place + step));
    const text = history[place] ?? '';
    edited = { text, cursor: text.length };
  }

  return {
    view: () => edited,
    press(typed, key) {
      if (paste !== undefined) return takePaste(typed, key);
      if (key.name === 'paste-start') {
        paste = [];
        return { kind: 'unchanged' };
      }
      if (key.ctrl && (key.name === 'c' || (key.name === 'd' && edited.text === ''))) return { kind: 'leave' };
      const isEnter = key.name === 'return' || key.name === 'enter';
      if (isEnter && !key.meta) return submit();
      if (key.name === 'up' || key.name === 'down') recall(key.name === 'up' ? -1 : 1);
      else edited = isEnter ? insert(edited, '\n') : edit(edited, typed, key);
      return { kind: 'changed' };
    },
  };
}

function edit(edited: EditedText, typed: string | undefined, key: KeyPress): EditedText {
  const { text, cursor } = edited;
  const before = cursor - lengthBefore(edited);
  const after = cursor + lengthAfter(edited);
  switch (key.ctrl ? `^${key.name}` : key.name) {
    case 'left':
    case '^b':
      return { text, cursor: before };
    case 'right':
    case '^f':
      return { text, cursor: after };
    case 'home':
    case '^a':
      return { text, cursor: 0 };
    case 'end':
    case '^e':
      return { text, cursor: text.length };
    case 'backspace':
    case '^h':
      return remove(text, before, cursor);
    case 'delete':
    case '^d':
      return remove(text, cursor, after);
    case '^u':
      return remove(text, 0, cursor);
    case '^k':
      return remove(text, cursor, text.length);
    case '^w':
      return remove(text, text.slice(0, cursor).replace(/\S*\s*$/, '').length, cursor);
    default:
      return isPrintable(typed) && !key.ctrl && !key.meta ? insert(edited, typed) : edited;
  }
}

function isPrintable(typed: string | undefined): typed is string {
  return typed !== undefined && typed !== '' && !/\p{Cc}/u.test(typed);
}

function insert({ text, cursor }: EditedText, more: string): EditedText {
  return { text: text.slice(0, cursor) + more + text.slice(cursor), cursor: cursor + more.length };
}

function remove(text: string, from: number, to: number): EditedText {
  return { text: text.slice(0, from) + text.slice(to), cursor: from };
}

function lengthBefore({ text, cursor }: EditedText): number {
  return splitGraphemes(text.slice(Math.max(0, cursor - GRAPHEME_REACH), cursor)).at(-1)?.length ?? 0;
}

function lengthAfter({ text, cursor }: EditedText): number {
  return splitGraphemes(text.slice(cursor, cursor + GRAPHEME_REACH)).at(0)?.length ?? 0;
}
