import { join } from 'node:path';
import { expect, test } from 'vitest';

/** Between the parts in which a platform gets a text, in golden files. */
const NEXT_PART = '\n----- next part -----\n';

/**
 * Registers a test for each kind of Markdown: `render` gives the parts as they go over the wire, and a file
 * `<directory>/<kind>.txt` says what they must be. `npx vitest run -u <test>` writes the files; people then read them.
 */
export function goldenMarkdown(options: { directory: string; render: (markdown: string) => readonly string[] }): void {
  for (const [kind, markdown] of Object.entries(MARKDOWN)) {
    test(`${kind} in Markdown come out as the golden file has them`, async () => {
      const text = `${options.render(markdown).join(NEXT_PART)}\n`;
      await expect(text).toMatchFileSnapshot(join(options.directory, `${kind}.txt`));
    });
  }
}

/** What agents write, a kind each. */
export const MARKDOWN: Readonly<Record<string, string>> = {
  headings: [
    '# The plan',
    '',
    'Some words.',
    '',
    '## With **bold** and `code`',
    'More words.',
    '###### The smallest ######',
    '#no heading',
    '',
    'Underlined',
    '==========',
  ].join('\n'),
  lists: [
    'Buy:',
    '- milk',
    '- **two** loaves of bread',
    '  - one dark',
    '  - one light',
    '* eggs',
    '',
    '1. First',
    '2. Second',
    '   1. Second, first',
    '10. Tenth',
    '',
    '- [ ] to do',
    '- [x] done',
    '',
    '> a quotation',
    '> of two lines',
    '',
    '---',
  ].join('\n'),
  tables: [
    'Prices:',
    '',
    '| Fruit | Price | In stock |',
    '| :---- | ----: | :------: |',
    '| Apple | 1.20 | yes |',
    '| **Pear** | 10.00 | `no` |',
    '| Größe 😀 | < 3 & > 1 | [shop](https://example.org/a?b=1&c=2) |',
    '',
    'That is all.',
  ].join('\n'),
  code: [
    'Run `npm test` or ``a ` b``:',
    '',
    '```ts',
    'const markdown = "**not bold** _not italic_ <b>&amp;";',
    'if (a < b && c > d) { return `x`; }',
    '```',
    '',
    '- in a list:',
    '  ```',
    '  indented * code *',
    '  ```',
    '',
    '````markdown',
    '```js',
    'nested();',
    '```',
    '````',
    '',
    '```',
    'never closed **code**',
  ].join('\n'),
  links: [
    '[a site](https://example.org/path_(1)?q=a_b*c) and <https://example.org/auto> and https://example.org/a_b_c',
    '[**bold** label](https://example.org) and ![a picture](https://example.org/cat.png)',
    '[nothing good](javascript:alert(1)) [file](file:///etc/passwd) [empty]()',
    '[reference][1]',
    '',
    '[1]: https://example.org/reference',
  ].join('\n'),
  emphasis: [
    '**bold** __bold__ *italic* _italic_ ***both*** ~~gone~~ `code`',
    '**bold with *italic* inside** and _italic with **bold** inside_',
    'snake_case_name, 2 * 3 * 4, a*b*c, __init__, ** not bold **, \\*escaped\\*',
    '<b>not ours</b> & <script>alert(1)</script> <!here> <@U1> @everyone',
  ].join('\n'),
  emoji: [
    '👍 👩‍👩‍👧‍👦 🇩🇪 👋🏽 1️⃣ ❤️ :thumbsup:',
    '**👍 bold** *👋🏽 italic* `👩‍👩‍👧‍👦`',
    'Zalgo: e\u0301\u0323\u0307, combining: Å, full width: ＠ａｎｄｙ',
  ].join('\n'),
  'right-to-left': [
    '# שלום עולם',
    'مرحبا **بالعالم** و *أهلا*',
    'Mixed: abc **אבג** 123 `كود` [قناة](https://example.org/قناة)',
    'Marks: \u200fright\u200e left',
  ].join('\n'),
  long: longMarkdown(),
};

/** 20,000 characters of everything: paragraphs, lists, and blocks of code that no platform takes whole. */
function longMarkdown(): string {
  const paragraph = (n: number): string =>
    `## Part ${n}\n\n${`Sentence ${n} with **bold** words and a [link](https://example.org/${n}). `.repeat(12).trim()}`;
  const code = (n: number): string =>
    `\`\`\`python\n${Array.from({ length: 60 }, (_, line) => `value_${n}_${line} = ${line} * 2  # comment`).join('\n')}\n\`\`\``;
  const list = (n: number): string =>
    Array.from({ length: 20 }, (_, line) => `- point ${n}.${line} 😀 with _emphasis_`).join('\n');
  let text = '';
  for (let n = 1; text.length < 20_000; n++) text += `${paragraph(n)}\n\n${code(n)}\n\n${list(n)}\n\n`;
  return text.slice(0, 20_000).replace(/[\uD800-\uDBFF]$/, '');
}
