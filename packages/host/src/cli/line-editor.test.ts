import { emitKeypressEvents } from 'node:readline';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createLineEditor, type KeyEffect } from './line-editor.ts';

/** Types bytes as a terminal sends them; returns the editor and what the keys led to. */
function type(keys: string) {
  const editor = createLineEditor();
  const effects: KeyEffect[] = [];
  const stdin = new PassThrough();
  emitKeypressEvents(stdin);
  stdin.on('keypress', (typed, key) => effects.push(editor.press(typed, key)));
  stdin.emit('data', Buffer.from(keys));
  const submitted = effects.flatMap((effect) => (effect.kind === 'submit' ? [effect.text] : []));
  return { editor, effects, submitted, text: editor.view().text, cursor: editor.view().cursor };
}

const LEFT = '\u001b[D';
const RIGHT = '\u001b[C';
const UP = '\u001b[A';
const DOWN = '\u001b[B';
const BACKSPACE = '\u007f';

test('enter submits what was typed and empties the line', () => {
  expect(type('hello 日本\r')).toMatchObject({ submitted: ['hello 日本'], text: '', cursor: 0 });
});

test('an empty line is not submitted', () => {
  expect(type('  \r').submitted).toEqual([]);
});

test.each([
  ['moving and inserting', `ac${LEFT}b`, 'abc', 2],
  ['removing before the cursor', `abc${LEFT}${BACKSPACE}`, 'ac', 1],
  ['removing a whole visible character', `x👩‍👩‍👧${BACKSPACE}`, 'x', 1],
  ['moving over a whole visible character', `x👩‍👩‍👧y${LEFT}${LEFT}${RIGHT}z`, 'x👩‍👩‍👧zy', 10],
  ['to the start and the end', 'bc\u0001a\u0005d', 'abcd', 4],
  ['removing everything before the cursor', `abc${LEFT}\u0015`, 'c', 0],
  ['removing everything after the cursor', `abc${LEFT}\u000b`, 'ab', 2],
  ['removing a word', 'one two \u0017', 'one ', 4],
  ['removing after the cursor', `abc${LEFT}${LEFT}\u001b[3~`, 'ac', 1],
  ['nothing before the start', `${LEFT}${BACKSPACE}a`, 'a', 1],
  ['control characters that mean nothing', 'a\u0007\tb', 'ab', 2],
])('the line is edited: %s', (_, keys, text, cursor) => {
  expect(type(keys)).toMatchObject({ text, cursor });
});

test('a pasted text keeps its line breaks, submits nothing by itself, and cannot press keys', () => {
  const pasted = type('say: \u001b[200~one\r\ntwo\rthree\u0003\u001b[201~');
  expect(pasted).toMatchObject({ submitted: [], text: 'say: one\ntwo\nthree␃' });
  expect(pasted.effects.some(({ kind }) => kind === 'leave')).toBe(false);
  expect(type('\u001b[200~one\ntwo\u001b[201~\r').submitted).toEqual(['one\ntwo']);
});

test('alt+enter begins a new line', () => {
  expect(type('one\u001b\rtwo\r').submitted).toEqual(['one\ntwo']);
});

test('the up and down keys bring back what was sent', () => {
  expect(type(`one\rtwo\r${UP}${UP}`).text).toBe('one');
  expect(type(`one\rtwo\r${UP}${UP}${UP}${DOWN}`).text).toBe('two');
  expect(type(`one\r${UP}${DOWN}`).text).toBe('');
});

test('^C leaves, ^D leaves only an empty line', () => {
  expect(type('abc\u0003').effects.at(-1)).toEqual({ kind: 'leave' });
  expect(type('\u0004').effects).toEqual([{ kind: 'leave' }]);
  expect(type(`ab${LEFT}\u0004`)).toMatchObject({ text: 'a' });
});
