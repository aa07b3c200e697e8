import { expect, test } from 'vitest';
import { inputFileName, inputNumber, MAX_INPUT_NUMBER } from './index.ts';

test('input names sort in number order and give their number back', () => {
  const numbers = [1, 2, 9, 10, 99, 100, MAX_INPUT_NUMBER];

  const names = numbers.map(inputFileName);

  expect(names.toSorted()).toEqual(names);
  expect(names.map(inputNumber)).toEqual(numbers);
});

test('a number outside the range is refused', () => {
  for (const bad of [0, -1, 1.5, MAX_INPUT_NUMBER + 1]) expect(() => inputFileName(bad)).toThrow(RangeError);
});

test('a v1 input name has no number', () => {
  expect(inputNumber('1712345678901-ab12.json')).toBeUndefined();
});
