import fc from 'fast-check';
import { expect, test } from 'vitest';
import { visiblePartial, visibleText } from './outbound-text.ts';

test.each([
  ['hello', 'hello'],
  ['  hello\n', 'hello'],
  ['a<internal>b</internal>c', 'ac'],
  ['<internal>b</internal>', ''],
  ['a<internal>b', 'a'],
  ['<internal>', ''],
  ['a<INTERNAL>\nb\n</Internal>c<internal>d</internal>e', 'ace'],
  ['a</internal>b', 'a</internal>b'],
  ['a<internal>b<internal>c</internal>d', 'ad'],
  ['a<internals>b', 'a<internals>b'],
  ['a < b > c', 'a < b > c'],
  ['', ''],
])('of %j is shown %j', (text, shown) => {
  expect(visibleText(text)).toBe(shown);
});

test('no text between tags is ever shown, however they stand', () => {
  const piece = fc.constantFrom('<internal>', '</internal>', 'x', '<', '\n', 'İ');

  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const hidden = `${pieces.join('')}<internal>SECRET</internal>`;
      expect(visibleText(hidden)).not.toContain('SECRET');
      expect(visiblePartial(hidden)).not.toContain('SECRET');
    }),
  );
});

test('a text made of nothing but tags takes no time worth mentioning', () => {
  expect(visibleText('<internal>'.repeat(1_000_000))).toBe('');
});

test('of a text that is being written, a tag that may be beginning is not shown', () => {
  for (const end of ['<', '<int', '<internal', '</inter', '<internal>', '<internal>se']) {
    expect(visiblePartial(`hello ${end}`)).toBe('hello');
  }
  expect(visiblePartial('1 < 2')).toBe('1 < 2');
});
