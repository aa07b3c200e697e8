import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitText } from './split-text.ts';

describe('a text that is too long', () => {
  test.each([
    ['between paragraphs', 'one one\n\ntwo two', ['one one', 'two two']],
    ['between lines', 'one one\ntwo twoo', ['one one', 'two twoo']],
    ['between sentences', 'One one. Two two.', ['One one.', 'Two two.']],
    ['between words', 'one-one-one two-two', ['one-one-one', 'two-two']],
    ['anywhere when there is no seam', 'abcdefghijklmnopqrst', ['abcdefghijk', 'lmnopqrst']],
  ])('is cut %s', (_where, text, parts) => {
    expect(splitText(text, 15)).toEqual(parts);
  });

  test('is not cut inside a character', () => {
    expect(splitText('aaaaaaaaaa😀😀😀', 15)).toEqual(['aaaaaaaaaa', '😀😀😀']);
  });

  test('keeps a code block a code block in every part', () => {
    const parts = splitText(`\`\`\`js\n${'x = 1;\n'.repeat(20)}\`\`\``, 60);

    expect(parts.length).toBeGreaterThan(2);
    for (const part of parts) expect([...part.matchAll(/^```/gm)]).toHaveLength(2);
    expect(parts[1]).toMatch(/^```js\n/);
  });

  test('comes out whole, in parts that fit, always the same', () => {
    const texts = fc.string({ unit: fc.constantFrom('a', 'b ', '. ', '\n', '\n\n', '😀', 'ü'), maxLength: 400 });
    const bare = (text: string): string => text.replaceAll(/\s+/g, '');
    fc.assert(
      fc.property(texts, fc.integer({ min: 20, max: 100 }), (text, most) => {
        const parts = splitText(text, most);
        expect(parts.every((part) => part.length <= most)).toBe(true);
        expect(bare(parts.join(''))).toBe(bare(text));
        expect(splitText(text, most)).toEqual(parts);
      }),
    );
  });

  test('a text that fits stays as it is, also an empty one', () => {
    expect(splitText('  as it is\n', 100)).toEqual(['  as it is\n']);
    expect(splitText('', 100)).toEqual(['']);
  });
});
