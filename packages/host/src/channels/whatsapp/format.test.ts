import { join } from 'node:path';
import { goldenMarkdown } from '@nanoclaw/testkit';
import { expect, test } from 'vitest';
import { splitText } from '../split-text.ts';
import { formatWhatsApp } from './format.ts';
import { MAX_WHATSAPP_CHARS } from './whatsapp-channel.ts';

goldenMarkdown({
  directory: join(import.meta.dirname, 'golden'),
  render: (markdown) => splitText(markdown, MAX_WHATSAPP_CHARS).map(formatWhatsApp),
});

test.each([
  ['**bold** and *italic* and _too_', '*bold* and _italic_ and _too_'],
  ['~~gone~~ and `a * b`', '~gone~ and `a * b`'],
  ['## A **title** ##\ntext', '*A title*\ntext'],
  ['[the site](https://example.org/a)', 'the site (https://example.org/a)'],
  ['[https://a.org](https://a.org)', 'https://a.org'],
  ['**a *b* c**', '*a _b_ c*'],
  ['* one\n  * two', '- one\n  - two'],
  ['```js\n**x**\n```', '```\n**x**\n```'],
  ['| a | b |\n|---|:-:|\n| 1 | 22 |', '```\na  b\n-  --\n1  22\n```'],
])('%j is shown as it was meant', (text, expected) => {
  expect(formatWhatsApp(text)).toBe(expected);
});

test.each(['plain words', '2 * 3 * 4', 'snake_case_name', 'a | b', '- a list', '> said', ''])(
  '%j stays as it is',
  (text) => {
    expect(formatWhatsApp(text)).toBe(text);
  },
);
