import { expect, test } from 'vitest';
import { formatTable, neutralise, textWidth, wrapText } from './terminal-text.ts';

test('escape sequences, bells, deletes and eight-bit controls become visible and do nothing', () => {
  expect(neutralise('a\u001b]0;title\u0007b\u001b[2J\u007f\u009b1A\b')).toBe('a␛]0;title␇b␛[2J␡\ufffd1A␈');
});

test('line breaks of every kind and tabs stay, a lone carriage return cannot overwrite a line', () => {
  expect(neutralise('a\r\nb\u2028c\td\re')).toBe('a\nb\nc\td␍e');
});

test('marks that turn the direction of writing are removed', () => {
  expect(neutralise('safe\u202Etxt.exe\u2066')).toBe('safetxt.exe');
});

test('ordinary text of any script stays as it is', () => {
  const text = 'grüße, 日本語, 👩‍👩‍👧, e\u0301';
  expect(neutralise(text)).toBe(text);
});

test.each([
  ['plain', 5],
  ['日本', 4],
  ['e\u0301', 1],
  ['🎉', 2],
  ['👩‍👩‍👧', 2],
  ['한국', 4],
  ['', 0],
])('%s is %i columns wide', (text, width) => {
  expect(textWidth(text)).toBe(width);
});

test('text is wrapped by columns, a wide character is never split, and its own line breaks stay', () => {
  expect(wrapText('abcdef\n\n日本語x', 5)).toEqual(['abcde', 'f', '', '日本', '語x']);
  expect(wrapText('', 5)).toEqual(['']);
  expect(wrapText('日', 1)).toEqual(['日']);
});

test('a table lines up by width, and line breaks continue below the last column', () => {
  const rows = [
    ['A', 'NAME', 'TEXT'],
    ['1', '日本', 'one\ntwo\n\nthree'],
    ['22', 'x', ''],
  ];
  expect(formatTable(rows)).toBe(
    ['A   NAME  TEXT', '1   日本  one', '          two', '', '          three', '22  x'].join('\n'),
  );
});
