import { registerGroup } from '@nanoclaw/host/flows/manage-groups.js';
import { scheduleTask } from '@nanoclaw/host/flows/manage-tasks.js';
import { expect, test } from 'vitest';
import { isOnPhone, useViews } from './view-fixture.ts';

const web = useViews();

const MARKUP = '<img src=x onerror="window.broken=1">';

const texts = () => web.page.locator('#log .message .text').allTextContents();

test('a chat of another app is shown live, and what the owner writes there reaches its agent as the owner’s', async () => {
  registerGroup(web.host.manage.manageGroups, { jid: 'tg:-5', name: 'Family', folder: 'family' });
  web.host.hear('tg:-5', 'who cooks?');
  await web.open('#/chat/tg%3A-5');
  await expect.poll(texts).toEqual(['who cooks?']);
  expect(await web.page.locator('.from-other header').textContent()).toContain('Ann');
  await web.sees('Its answer goes to the chat on Telegram');
  await web.page.locator('#log[aria-busy=false]').waitFor({ state: 'attached' });

  await web.page.fill('#text', 'what shall I buy?');
  await web.page.press('#text', 'Enter');
  await expect.poll(texts).toEqual(['who cooks?', '@Andy what shall I buy?']);
  expect(web.host.received).toMatchObject([{ isFromMe: true, chatJid: 'tg:-5', sender: 'local:owner' }]);
  web.host.hear('tg:-5', 'bread', { fromAssistant: true });
  await expect.poll(texts).toEqual(['who cooks?', '@Andy what shall I buy?', 'bread']);
});

test('a chat that is asked for twice at the same time is followed once', async () => {
  await web.page.locator('#log[aria-busy=false]').waitFor({ state: 'attached' });
  registerGroup(web.host.manage.manageGroups, { jid: 'tg:-6', name: 'Club', folder: 'club' });
  web.host.hear('tg:-6', 'one');
  await web.page.evaluate("location.hash = '#/chat/tg%3A-6'; dispatchEvent(new HashChangeEvent('hashchange'))");
  await expect.poll(texts).toEqual(['one']);
  await web.page.locator('#log[aria-busy=false]').waitFor({ state: 'attached' });

  web.host.hear('tg:-6', 'two');
  await web.sees('two');
  web.host.hear('tg:-6', 'three');

  await expect.poll(texts).toEqual(['one', 'two', 'three']);
});

test('files go with a message, can be taken back before, and too many are refused at once', async () => {
  await web.open('#/chat/local%3Amain');
  await web.page.locator('#log[aria-busy=false]').waitFor({ state: 'attached' });
  const file = (name: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(`content of ${name}`) });
  await web.page.setInputFiles('#files', [file('a.txt'), file('b.txt')]);
  await web.page.getByRole('button', { name: 'Remove a.txt' }).click();
  await web.page.setInputFiles('#files', [file(`${MARKUP}.txt`)]);
  expect(await web.page.locator('#chosen li').count()).toBe(2);
  await web.page.fill('#text', 'read these');
  await web.page.click('#send');
  await expect.poll(() => web.host.received.length).toBe(1);
  const names = web.host.received[0]?.attachments?.map(({ name }) => name);
  expect(names).toEqual(['b.txt', 'img src=x onerror=window.broken=1.txt']);
  await web.page.locator('#chosen').waitFor({ state: 'hidden' });
  expect(await web.page.inputValue('#text')).toBe('');

  await web.page.setInputFiles(
    '#files',
    Array.from({ length: 21 }, (_, index) => file(`${index}.txt`)),
  );
  await web.sees('one message takes 20 files at most');
  expect(await web.page.locator('#chosen').isVisible()).toBe(false);
  expect(await web.page.evaluate('window.broken')).toBeUndefined();
});

test('whatever chats, tasks and senders are called is text on every page', async () => {
  const { manage, stores } = web.host;
  registerGroup(manage.manageGroups, { jid: 'tg:-6', name: MARKUP, folder: 'odd', trigger: MARKUP });
  const odd = stores.groups.ofFolder('odd')!;
  scheduleTask(manage.manageTasks, odd, { prompt: MARKUP, schedule_type: 'cron', schedule_value: '0 1 * * *' });
  stores.record.add({ kind: 'egress', group: MARKUP, detail: { [MARKUP]: MARKUP }, now: Date.now() });
  stores.invariants.violated('lost-turn', MARKUP, Date.now());
  web.host.health.failed('telegram', MARKUP);
  web.host.runAgent('odd');
  web.host.hear('tg:-6', MARKUP, { senderName: MARKUP });
  const views = ['chat/tg%3A-6', 'groups', 'groups/odd', 'groups/new', 'tasks', 'live', 'usage', 'health', 'record'];
  for (const view of views) {
    await web.open(`#/${view}`);
    const shown = view.startsWith('chat') ? '#log .message' : '.view-body > *';
    await web.page.locator(shown).first().waitFor();
    expect(await web.page.locator('img[src="x"]').count()).toBe(0);
  }
  expect(await web.page.locator('#chats .chat-name').allTextContents()).toContain(MARKUP);
  expect(await web.page.evaluate('window.broken')).toBeUndefined();
});

// A phone has neither keys nor the two columns that they go through.
if (!isOnPhone()) {
  test('everything can be reached with the keyboard alone', async () => {
    const press = (...keys: string[]) => keys.reduce((all, key) => all.then(() => web.page.keyboard.press(key)), done);
    const done = Promise.resolve();
    const focused = () => web.page.evaluate('document.activeElement.id || document.activeElement.textContent');
    await web.open('#/groups');
    await web.page.locator('.cards .card').first().waitFor();
    // Where the next Tab starts from is the beginning, as for somebody who has just come.
    await web.page.evaluate(
      'document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute("tabindex")',
    );
    await press('Tab');
    expect(await focused()).toBe('skip');
    await press('Enter');
    expect(await focused()).toBe('scroller');

    await press('g', 't');
    await web.sees('Nothing is scheduled');
    expect(await focused()).toBe('title');
    await press('?');
    await web.page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await press('Escape');
    await web.page.getByRole('dialog').waitFor({ state: 'detached' });
    await press('g', 'c');
    await web.page.locator('#text').waitFor();
    await press('g', 't');
    expect(await web.page.inputValue('#text')).toBe('gt');
  });
}

test('on a phone the menu opens, closes with Escape and gives the focus back', async () => {
  await web.page.setViewportSize({ width: 320, height: 640 });
  await web.open('#/health');
  expect(await web.page.locator('#pages').isVisible()).toBe(false);
  await web.page.click('#menu');
  await web.page.getByRole('link', { name: 'Record' }).waitFor();
  expect(await web.page.getAttribute('#menu', 'aria-expanded')).toBe('true');
  await web.page.keyboard.press('Escape');
  await expect.poll(() => web.page.locator('#pages').isVisible()).toBe(false);
  expect(await web.page.evaluate('document.activeElement.id')).toBe('menu');
  await web.page.click('#menu');
  await web.page.getByRole('link', { name: 'Record' }).click();
  await web.sees('Check the chain');
  expect(await web.page.locator('#pages').isVisible()).toBe(false);
});

test('a page over a restart of the host says so and goes on by itself', async () => {
  await web.open('#/live');
  await expect.poll(() => web.page.locator('#connection').textContent()).toBe('connected');
  await web.host.restart(async () => {
    await expect.poll(() => web.page.locator('#connection').textContent()).toBe('reconnecting…');
  });
  web.host.runAgent('main');
  await web.page.getByRole('link', { name: 'Output of main' }).waitFor();
  expect(await web.page.locator('#connection').textContent()).toBe('connected');
});
