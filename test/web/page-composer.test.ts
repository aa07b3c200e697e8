import { expect, test } from 'vitest';
import { expectMessages, messageTexts, numbered, openPage, send, usePages } from './page-fixture.ts';
import { aWebHost, MAIN } from './web-fixture.ts';

const web = usePages();

test('over a restart of the host the page stays, says so, and shows what it missed once', async () => {
  const page = await openPage(web.context, web.host);
  await page.evaluate('window.sameDocument = true');
  await send(page, 'before');
  await expectMessages(page, ['before']);

  await web.host.restart(async () => {
    await expect.poll(() => page.locator('#connection').textContent()).toBe('reconnecting…');
    await send(page, 'typed while away');
    await page.locator('#send-error').waitFor({ state: 'visible' });
    expect(await page.inputValue('#text')).toBe('typed while away');
    for (const text of numbered(1, 250)) web.host.answer(text);
  });
  await expectMessages(page, ['before', ...numbered(1, 250)]);
  await page.press('#text', 'Enter');
  await expectMessages(page, ['before', ...numbered(1, 250), 'typed while away']);

  expect(await page.locator('#send-error').isVisible()).toBe(false);
  expect(await page.inputValue('#text')).toBe('');
  expect(await page.locator('#connection').textContent()).toBe('connected');
  expect(await page.locator('#reason').isVisible()).toBe(false);
  expect(await page.evaluate('window.sameDocument')).toBe(true);
});

test('a refused message stays in the box with the reason', async () => {
  const page = await openPage(web.context, web.host);
  web.host.local.say = () => {
    throw Object.assign(new Error('the disk is on fire'), { code: 'x' });
  };
  await send(page, 'keep me');
  await expect.poll(() => page.locator('#send-error').textContent()).toContain('Not sent: the host could not do this');
  expect(await page.inputValue('#text')).toBe('keep me');
  expect(await messageTexts(page)).toEqual([]);
});

test('Enter sends, Shift+Enter makes a line, an input method keeps its Enter, blanks send nothing', async () => {
  const page = await openPage(web.context, web.host);
  await page.locator('#text').pressSequentially('one');
  await page.press('#text', 'Shift+Enter');
  await page.locator('#text').pressSequentially('two');
  expect(await page.inputValue('#text')).toBe('one\ntwo');
  const composing = { key: 'Enter', isComposing: true, bubbles: true, cancelable: true };
  await page.dispatchEvent('#text', 'keydown', composing);
  await page.locator('#text').pressSequentially(' three');
  await page.press('#text', 'Enter');
  await expectMessages(page, ['one\ntwo three']);

  await page.fill('#text', ' \n ');
  expect(await page.locator('#send').isDisabled()).toBe(true);
  await page.press('#text', 'Enter');
  await send(page, 'four');
  await expectMessages(page, ['one\ntwo three', 'four']);
});

test('with several chats one chooses, each keeps its messages and its draft', async () => {
  await web.host.stop();
  web.host = await aWebHost(['main', 'work']);
  const page = await openPage(web.context, web.host);
  await send(page, 'for main');
  await expectMessages(page, ['for main']);
  await page.fill('#text', 'a draft');
  await page.click('#chats a[data-jid="local:work"]');
  await expectMessages(page, []);
  expect(await page.inputValue('#text')).toBe('');
  await send(page, 'for work');
  await expectMessages(page, ['for work']);

  await page.reload();
  await expectMessages(page, ['for work']);
  await page.click('#chats a[data-jid="local:main"]');
  await expectMessages(page, ['for main']);
  expect(web.host.local.history(MAIN)).toHaveLength(1);
});

test('a page without the rest of the host shows its chat', async () => {
  const page = await openPage(web.context, web.host);
  expect(await page.locator('#title').textContent()).toBe('main');
  expect(await page.locator('#chats a[aria-current]').allInnerTexts()).toEqual(['main']);
});
