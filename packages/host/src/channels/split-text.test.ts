import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Fence, fenceAfter } from './markdown-fence.ts';
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

  test('keeps blocks that hold blocks, also when the cut is between their fences', () => {
    const inner = `\`\`\`js\n${'x = 1;\n'.repeat(10)}\`\`\`\n`;
    const parts = splitText(`\`\`\`\`md\n${inner.repeat(4)}\`\`\`\``, 80);

    expect(parts.length).toBeGreaterThan(3);
    for (const part of parts) expect(part).toMatch(/^````md\n[\s\S]*\n````$/);
  });

  test('leaves the spaces at the beginning of a line of code', () => {
    const parts = splitText(`\`\`\`py\nif a:\n${'    return 1\n'.repeat(20)}\`\`\``, 60);
    for (const part of parts.slice(1)) expect(part).toMatch(/^```py\n( {4}return 1\n)+```$/);
  });

  test('takes a heading at the end of a part over to the next', () => {
    const parts = splitText(`${'word '.repeat(12).trim()}\n\n## Next\n\n${'more '.repeat(12).trim()}`, 75);
    expect(parts[1]).toMatch(/^## Next\n/);
  });

  test('whatever code it holds: no part is too long, every block is closed, and no line of code is lost', () => {
    const line = fc.constantFrom('```', '```js', '````', 'code', '  indented', 'words and words', '', '# heading', '`');
    const fences = (text: string): number => {
      let open: Fence | undefined;
      for (const each of text.split('\n')) open = fenceAfter(each, open);
      return open === undefined ? 0 : 1;
    };
    fc.assert(
      fc.property(fc.array(line, { maxLength: 80 }), fc.integer({ min: 60, max: 200 }), (lines, most) => {
        const text = lines.join('\n');
        const parts = splitText(text, most);
        expect(parts.every((part) => part.length <= most)).toBe(true);
        // What was open at the end of the whole may be open at the end of its last part.
        expect(
          parts
            .slice(0, -1)
            .map(fences)
            .every((open) => open === 0),
        ).toBe(true);
        const count = (word: string, where: string): number => where.split(word).length - 1;
        for (const word of ['code', 'indented', 'words', 'heading']) {
          expect(count(word, parts.join('\n'))).toBe(count(word, text));
        }
      }),
      { numRuns: 500 },
    );
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
