import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { expectMessages, messageTexts, numbered, openPage, send, usePages } from './page-fixture.ts';
import { MAIN, NOON } from './web-fixture.ts';

const web = usePages();

test('a sent message appears, the answer is seen growing, and the final one takes its place', async () => {
  const page = await openPage(web.context, web.host);
  expect(await page.locator('#empty').isVisible()).toBe(true);
  expect(await page.locator('#send').isDisabled()).toBe(true);

  await send(page, 'what is in your folder?');
  await expectMessages(page, ['what is in your folder?']);
  expect(await page.locator('#empty').isVisible()).toBe(false);
  await expect.poll(() => page.inputValue('#text')).toBe('');
  await web.host.local.setTyping(MAIN, true);
  await page.locator('#typing').waitFor({ state: 'visible' });

  web.host.local.showPartial?.(MAIN, 'There are **three');
  await expect.poll(() => page.locator('#partial .text').textContent()).toBe('There are **three');
  expect(await page.locator('#typing').isVisible()).toBe(false);
  web.host.local.showPartial?.(MAIN, 'There are **three** files');
  await expect.poll(() => page.locator('#partial .text').textContent()).toBe('There are three files');
  web.host.answer('There are **three** files.');

  await expectMessages(page, ['what is in your folder?', 'There are three files.']);
  expect(await page.locator('#partial').isVisible()).toBe(false);
  await page.locator('#typing').waitFor({ state: 'visible' });
  await web.host.local.setTyping(MAIN, false);
  await page.locator('#typing').waitFor({ state: 'hidden' });
  expect(await page.locator('.from-assistant header').last().textContent()).toContain('Andy');
});

test('whatever a message contains is text: no script runs and no element comes out of it', async () => {
  const page = await openPage(web.context, web.host);
  const hostile = [
    '<script>window.broken = 1</script><img src=x onerror="window.broken = 1">',
    '**<b onclick=alert(1)>bold</b>** and `<i>code</i>`',
    '```\n<svg onload="window.broken = 1">\n```',
    'javascript:window.broken=1 data:text/html,x file:///etc/passwd',
    '</div></article><h1>out</h1>',
  ];
  for (const text of hostile) web.host.answer(text);
  await send(page, hostile[0] as string);
  web.host.local.showPartial?.(MAIN, hostile[0] as string);
  await page.locator('#partial').waitFor({ state: 'visible' });

  await expectMessages(page, [
    hostile[0] as string,
    '<b onclick=alert(1)>bold</b> and <i>code</i>',
    '<svg onload="window.broken = 1">',
    hostile[3] as string,
    hostile[4] as string,
    hostile[0] as string,
  ]);
  const names = await page.$$eval('.message .text *', (nodes) =>
    [...new Set(nodes.map((node) => node.tagName))].sort(),
  );
  expect(names).toEqual(['CODE', 'DIV', 'PRE', 'STRONG']);
  expect(await page.evaluate('window.broken')).toBeUndefined();
});

test('links to the web can be opened and keep their punctuation outside', async () => {
  const page = await openPage(web.context, web.host);
  web.host.answer('see https://example.org/a_(b), (http://example.org/c?x=1&y=%20). HTTPS://up.example and https://');
  await expectMessages(page, [
    'see https://example.org/a_(b), (http://example.org/c?x=1&y=%20). HTTPS://up.example and https://',
  ]);
  const links = await page.$$eval('.text a', (nodes) =>
    nodes.map((node) => [node.getAttribute('href'), node.getAttribute('rel'), node.getAttribute('target')]),
  );
  const safe = ['noopener noreferrer', '_blank'];
  expect(links).toEqual([
    ['https://example.org/a_(b)', ...safe],
    ['http://example.org/c?x=1&y=%20', ...safe],
  ]);
});

test('white space, code and long lines are shown as they were written', async () => {
  const page = await openPage(web.context, web.host);
  web.host.answer('a\n  - b\n\n    c   d');
  web.host.answer('```sh\necho 1\n\n  echo 2\n```\nafter **it**');
  await expectMessages(page, ['a\n  - b\n\n    c   d', 'echo 1\n\n  echo 2\nafter it']);
  expect(await page.locator('.text pre code').allInnerTexts()).toEqual(['echo 1\n\n  echo 2']);
});

test('two pages show the same conversation', async () => {
  const [one, two] = [await openPage(web.context, web.host), await openPage(web.context, web.host)];
  await send(one, 'from one');
  await send(two, 'from two');
  web.host.answer('to both');
  for (const page of [one, two]) {
    await expect.poll(async () => (await messageTexts(page)).sort()).toEqual(['from one', 'from two', 'to both']);
  }
  expect(await messageTexts(one)).toEqual(await messageTexts(two));
});

test('one who reads further up is not moved, and is offered the new messages', async () => {
  for (const text of numbered(1, 60)) web.host.answer(text);
  const page = await openPage(web.context, web.host);
  const isAtEnd = () =>
    page.$eval('#scroller', (node) => Math.abs(node.scrollHeight - node.scrollTop - node.clientHeight) < 2);
  await expect.poll(isAtEnd).toBe(true);
  web.host.answer('followed');
  await expect.poll(async () => (await messageTexts(page)).length).toBe(61);
  expect(await isAtEnd()).toBe(true);
  expect(await page.locator('#to-newest').isVisible()).toBe(false);

  await page.$eval('#scroller', (node) => node.scrollTo(0, 100));
  await page.evaluate('new Promise(requestAnimationFrame)');
  web.host.answer('unseen');
  await page.locator('#to-newest').waitFor({ state: 'visible' });
  expect(await page.$eval('#scroller', (node) => node.scrollTop)).toBe(100);
  await page.click('#to-newest');
  await expect.poll(isAtEnd).toBe(true);
  expect(await page.locator('#to-newest').isVisible()).toBe(false);
});

test('messages stand under the day they were written', async () => {
  const day = 86_400_000;
  web.host.answer('long ago', { at: NOON - 9 * day });
  for (const text of ['now', 'again']) web.host.answer(text, { at: Date.now() });
  const page = await openPage(web.context, web.host);
  const days = await page.locator('#log .day').allInnerTexts();
  expect(days).toHaveLength(2);
  expect(days[0]).toContain('2026');
  expect(days[1]).toBe('Today');
});

test('a host that began an empty database is shown as it is', async () => {
  const page = await openPage(web.context, web.host);
  for (const text of ['old one', 'old two']) web.host.answer(text);
  await expectMessages(page, ['old one', 'old two']);
  await web.host.restart(() => web.host.forgetMessages());
  web.host.answer('new one', { at: NOON + 1 });
  await expectMessages(page, ['new one']);
});

test('a page that is not looked at counts the answers in its title', async () => {
  const page = await openPage(web.context, web.host);
  const look = (isHidden: boolean) =>
    page.evaluate((hidden) => {
      Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, isHidden);
  web.host.answer('seen');
  await expectMessages(page, ['seen']);
  await look(true);
  web.host.answer('unseen');
  await expect.poll(() => page.title()).toBe('(1) NanoClaw');
  await look(false);
  expect(await page.title()).toBe('NanoClaw');
});

test('a page that stays open for long keeps the newest messages only', async () => {
  const page = await openPage(web.context, web.host);
  for (const text of numbered(1, 1_003)) web.host.answer(text);
  await expectMessages(page, numbered(4, 1_003));
});

test('a picture that the assistant sends is shown, and any other file can be saved, whatever it is called', async () => {
  const page = await openPage(web.context, web.host);
  const png = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8Dwn4EIwDiqkL4KAVIUEPrgMSZqAAAAAElFTkSuQmCC',
    'base64',
  );
  web.host.sendFile('dot.png', { type: 'image', mime: 'image/png' }, png);
  const name = '<img src=x onerror="window.broken=1">.html';
  const markup = Buffer.from('<script>window.broken = 1</script>');
  web.host.sendFile(name, { type: 'document', mime: 'application/octet-stream' }, markup);

  const picture = page.locator('.files img');
  await expect
    .poll(() => picture.evaluate((node) => (node as unknown as { naturalWidth: number }).naturalWidth))
    .toBe(1);
  expect(await picture.getAttribute('alt')).toBe('dot.png');
  const link = page.locator('.files a', { hasText: 'Save' });
  expect(await link.textContent()).toBe(`Save ${name}`);
  const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
  expect((await buffer(await download.createReadStream())).toString()).toBe(markup.toString());
  expect(await page.evaluate('window.broken')).toBeUndefined();
});
