import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatTelegram } from './format.ts';

test.each([
  ['**bold** and *italic* and _too_', '<b>bold</b> and <i>italic</i> and <i>too</i>'],
  ['`a < b` & ~~gone~~', '<code>a &lt; b</code> &amp; <s>gone</s>'],
  ['## A title ##\ntext', '<b>A title</b>\ntext'],
  ['[the *site*](https://example.org/a?b=1&c=2)', '<a href="https://example.org/a?b=1&amp;c=2">the <i>site</i></a>'],
  ['**a *b* c**', '<b>a <i>b</i> c</b>'],
  [
    'before\n```js\nif (a < b) {}\n```\nafter',
    'before\n<pre><code class="language-js">if (a &lt; b) {}</code></pre>\nafter',
  ],
  ['```\nnot closed\n**x**', '<pre>not closed\n**x**</pre>'],
])('%j is shown as it was meant', (text, expected) => {
  expect(formatTelegram(text)).toBe(expected);
});

test.each([
  'plain words',
  '2 * 3 * 4',
  'snake_case_name and __init__',
  'a < b && c > d',
  '- a list\n- of things',
  '[no link](javascript:alert(1))',
  '** not bold **',
  '#hashtag',
  '<b>not ours</b>',
])('%j has nothing that would be shown in another way', (text) => {
  expect(formatTelegram(text)).toBeUndefined();
});

test('whatever is written, tags are balanced and known, and nothing else is markup', () => {
  const piece = fc.constantFrom(
    '**',
    '*',
    '_',
    '~~',
    '`',
    '```\n',
    '[x](https://a.b)',
    '<b>',
    '&',
    '"',
    '\n',
    '# ',
    '> ',
    '| a | b |\n|---|---|\n',
    '````\n',
    '***',
    'word ',
    ' ',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 4 })), { maxLength: 30 }), (parts) => {
      const html = formatTelegram(parts.join('')) ?? '';
      const open: string[] = [];
      const rest = html.replaceAll(
        /<(\/?)(b|i|s|a|code|pre|blockquote)((?: (?:href|class)="[^"<>]*")?)>/g,
        (_, end, name) => {
          if (end === '') open.push(name);
          else expect(open.pop()).toBe(name);
          return '';
        },
      );
      expect(open).toEqual([]);
      expect(rest).not.toMatch(/[<>]|&(?!amp;|lt;|gt;|quot;)/);
    }),
    { numRuns: 2_000 },
  );
});
