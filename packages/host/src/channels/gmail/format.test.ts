import { join } from 'node:path';
import { goldenMarkdown } from '@nanoclaw/testkit';
import { describe, expect, test } from 'vitest';
import { mailHtml } from './format.ts';

goldenMarkdown({ directory: join(import.meta.dirname, 'golden'), render: (markdown) => [mailHtml(markdown)] });

describe('what agents write cannot become anything else than text and what is made here', () => {
  test.each([
    '<script>alert(1)</script>',
    '[x](javascript:alert(1))',
    '[x](https://e.test/"onmouseover="alert(1))',
    '![x](https://e.test/x"><script>)',
    '`<img src=x onerror=alert(1)>`',
    '```"><script>\n</code></pre><script>\n```',
    '# <style>*{display:none}</style>',
    '| <iframe> |\n|---|\n| <b onclick=x> |',
    '> <form action=x>',
    '[a [b](https://e.test) c](https://f.test)',
    '**<svg onload=x>**',
    '\u0000<\u0000script>',
  ])('%s', (markdown) => {
    const html = mailHtml(markdown);
    const tags = [...html.matchAll(/<\/?([a-z0-9]+)/gi)].map(([, name]) => name!.toLowerCase());
    const made = ['div', 'p', 'pre', 'code', 'h2', 'table', 'tr', 'th', 'td', 'blockquote', 'a', 'b', 'br'];
    expect(tags.filter((tag) => !made.includes(tag))).toEqual([]);
    expect(html).not.toMatch(/<[^>]*\s(on\w+|src)=/i);
    expect(html).not.toMatch(/href="(?!https?:|mailto:)/i);
  });
});

test.each([
  ['stars', '**a '.repeat(25_000)],
  ['brackets', '['.repeat(100_000)],
  ['backticks', '` '.repeat(50_000)],
  ['quotations', '> '.repeat(50_000)],
  ['lists in lists', Array.from({ length: 3_000 }, (_, at) => `${' '.repeat(at % 200)}- x`).join('\n')],
  ['strokes', '|'.repeat(100_000)],
])('%s without end are read in bounded time', (_, markdown) => {
  expect(mailHtml(markdown)).toContain('<div');
});
