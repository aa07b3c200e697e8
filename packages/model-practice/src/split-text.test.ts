import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitText } from './split-text.ts';

test('pieces joined are the text, and none is half of a character', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.option(fc.integer({ min: -5, max: 500 }), { nil: undefined }),
      (text, count) => {
        const pieces = splitText(text, count);

        expect(pieces.join('')).toBe(text);
        expect(pieces.every((piece) => piece !== '' && Buffer.from(piece).toString() === piece)).toBe(true);
        expect(pieces.length).toBeLessThanOrEqual(200);
      },
    ),
  );
});

test('cuts at words when there are enough of them', () => {
  expect(splitText('1 2 3', 3)).toEqual(['1 ', '2 ', '3']);
});

test('cuts a single word so that streaming is visible', () => {
  expect(splitText('hello').length).toBe(3);
});
