import { describe, expect, test } from 'vitest';
import { htmlToText } from './html-text.ts';
import { withoutQuotes } from './quotes.ts';

describe('HTML as text', () => {
  test.each([
    ['paragraphs', '<p>One</p><p>Two<br>three</p>', 'One\n\nTwo\nthree'],
    ['links', '<a href="https://e.test/?a=1&amp;b=2">here</a>', 'here (https://e.test/?a=1&b=2)'],
    ['links that are their address', '<a href="https://e.test/">https://e.test/</a>', 'https://e.test/'],
    ['links to nowhere good', '<a href="javascript:alert(1)">click</a>', 'click'],
    ['lists', '<ul><li>a<ol><li>b</li></ol></li><li>c</li></ul>', '- a\n  - b\n- c'],
    ['tables', '<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>', '1 2\n3'],
    ['code', '<pre>if x:\n    y</pre>', 'if x:\n    y'],
    ['entities', '&lt;b&gt; &amp;amp; &#8364; &#x1F600; &unknown; &nbsp;x', '<b> &amp; € 😀 &unknown; x'],
    ['pictures', 'a <img src="x" alt="cat"> b', 'a [cat] b'],
    ['what nobody sees', '<head><title>t</title></head><style>p{}</style><script>1<2</script>seen<!-- <b> -->', 'seen'],
    ['what is no tag', '1 < 2 <3 and a<b', '1 < 2 <3 and a'],
    ['divs', '<div>a</div><div>b</div><div><br></div><div>c</div>', 'a\nb\n\nc'],
    ['white space', '<p>  a\n   b\t c </p>', 'a b c'],
  ])('%s', (_, html, text) => {
    expect(htmlToText(html)).toBe(text);
  });

  test('a quotation is marked as one', () => {
    expect(htmlToText('<div>yes</div><blockquote><p>are you?</p><p>really?</p></blockquote>')).toMatch(
      /^yes\n>?\n> are you\?\n>\n> really\?$/,
    );
  });

  test.each([
    '<',
    '<a ',
    '<style>',
    '<!--',
    '<!',
    '<blockquote>',
    '&',
    '<a href="',
    '<a href=x>a</a>',
    '<div>x',
    '<li>',
  ])('%s a hundred thousand times is read in bounded time', (piece) => {
    expect(htmlToText(piece.repeat(100_000)).length).toBeLessThan(3_000_000);
  });
});

describe('of a reply only what is new is kept', () => {
  const quoted = '> pong\n>> ping\n';
  test.each([
    ['of Gmail', `thanks\n\nOn Sat, Jan 3, 2026 at 10:00 AM Andy <andy@mail.test> wrote:\n\n${quoted}`],
    ['over two lines', `thanks\n\nOn Sat, Jan 3, 2026 at 10:00 AM Andy\n<andy@mail.test> wrote:\n\n${quoted}`],
    ['in German', `thanks\n\nAm Sa., 3. Jan. 2026 um 10:00 Uhr schrieb Andy <andy@mail.test>:\n\n${quoted}`],
    ['in French', `thanks\n\nLe sam. 3 janv. 2026 à 10:00, Andy <andy@mail.test> a écrit :\n\n${quoted}`],
    ['in any language', `thanks\n\n2026年1月3日(土) 10:00 Andy <andy@mail.test>:\n\n${quoted}`],
    ['of Outlook', 'thanks\r\n\r\n-----Original Message-----\r\nFrom: Andy\r\n\r\npong'],
    ['of Outlook on the web', 'thanks\n\n________________________________\nFrom: Andy\nSent: today\n\npong'],
    ['without introduction', `thanks\n\n${quoted}`],
    ['and no signature', `thanks\n-- \nAnn\nFirm`],
    ['and no signature before the quotation', `thanks\n-- \nAnn\n\nOn Saturday Andy wrote:\n${quoted}`],
  ])('%s', (_, text) => {
    expect(withoutQuotes(text)).toBe('thanks');
  });

  test.each([
    ['answers between the lines', '> tea?\nyes\n> coffee?\nno'],
    ['a mail of quotations only', '> look'],
    ['a forwarded mail', 'see below\n\n---------- Forwarded message ---------\nFrom: Bob\n\nhello'],
    ['what only looks like an introduction', 'On Monday we wrote:\nnothing'],
  ])('%s stay as they are', (_, text) => {
    expect(withoutQuotes(text)).toBe(text);
  });
});
