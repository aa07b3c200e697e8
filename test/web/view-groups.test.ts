import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { registerGroup } from '@nanoclaw/host/flows/manage-groups.js';
import { expect, test } from 'vitest';
import { useViews } from './view-fixture.ts';

const web = useViews();

const group = (folder: string) => web.host.stores.groups.ofFolder(folder);

function aGroup(folder: string): void {
  registerGroup(web.host.manage.manageGroups, { jid: `tg:${folder}`, name: folder, folder });
}

test('a chat is registered by its form, which offers chats that were seen', async () => {
  const seen = { jid: 'tg:-7', name: 'Running club!', channel: 'telegram', isGroup: true };
  web.host.stores.messages.ensureChat(seen as never);
  await web.open('#/groups');
  await web.page.getByRole('link', { name: 'Register a chat' }).click();
  await web.page.getByLabel('A chat that has been seen').selectOption('tg:-7');
  expect(await web.page.getByLabel('Folder').inputValue()).toBe('running-club');
  await web.page.getByLabel('Daily budget').fill('1.5');
  await web.page.getByLabel('Internet').selectOption('allowlist');
  await web.page.getByRole('button', { name: 'Register' }).click();

  await expect.poll(() => new URL(web.page.url()).hash).toBe('#/groups/running-club');
  expect(group('running-club')).toMatchObject({
    jid: 'tg:-7',
    name: 'Running club!',
    trigger: '@Andy',
    requiresTrigger: true,
    egress: 'allowlist',
    dailyBudgetUsd: 1.5,
    timeoutMs: null,
  });
  expect(web.host.told).toContain('groups');
  // On a phone the list is behind the menu.
  await web.page.locator('#chats').getByText('Running club!').waitFor({ state: 'attached' });
});

test('mistakes are told beside their fields, whoever finds them, and nothing is registered', async () => {
  aGroup('taken');
  await web.open('#/groups/new');
  await web.page.getByRole('button', { name: 'Register' }).click();
  await web.page.locator('[aria-invalid]').first().waitFor();
  expect(await web.page.locator('[aria-invalid]').count()).toBe(3);
  expect(await web.page.evaluate('document.activeElement.name')).toBe('jid');

  await web.page.getByLabel('Chat id').fill('tg:with space');
  await web.page.getByLabel('Folder').fill('../etc');
  await web.page.getByLabel('Name').fill('x');
  await web.page.getByRole('button', { name: 'Register' }).click();
  await web.sees('Letters, digits, _ and -, beginning with a letter or digit.');
  await web.page.getByLabel('Folder').fill('taken');
  await web.page.getByRole('button', { name: 'Register' }).click();
  await web.sees('no spaces, 1 to 256 characters');
  await web.page.getByLabel('Chat id').fill('tg:9');
  await web.page.getByRole('button', { name: 'Register' }).click();
  await web.sees('folder taken belongs to chat tg:taken');
  await web.page.getByLabel('Folder').fill('global');
  await web.page.getByRole('button', { name: 'Register' }).click();
  await web.sees('this folder name is reserved');
  expect(web.host.stores.groups.list()).toHaveLength(2);
});

test('settings are saved, taken back to the usual, and refused with a reason', async () => {
  aGroup('family');
  await web.open('#/groups/family');
  const form = web.page.getByRole('form');
  await form.getByLabel('Name').fill('The family');
  await form.getByLabel('Answer only messages').uncheck();
  await form.getByLabel('Model').fill('claude-haiku-4-5');
  await form.getByLabel('Longest silence').fill('2.5');
  await form.getByRole('button', { name: 'Save' }).click();
  await web.sees(/^Saved at/);
  const changed = { name: 'The family', requiresTrigger: false, model: 'claude-haiku-4-5', timeoutMs: 150_000 };
  expect(group('family')).toMatchObject(changed);

  await form.getByLabel('Model').fill('');
  await form.getByLabel('Longest silence').fill('');
  await form.getByRole('button', { name: 'Save' }).click();
  await expect.poll(() => group('family')).toMatchObject({ model: null, timeoutMs: null });
  await form.getByLabel('Model').fill('two words');
  await form.getByRole('button', { name: 'Save' }).click();
  await web.sees('a name without spaces');
  expect(group('family')?.model).toBeNull();
});

test('a group is removed only after a confirmation, and main not at all', async () => {
  aGroup('old');
  await web.open('#/groups/old');
  await web.page.getByRole('button', { name: 'Remove this group' }).click();
  await web.confirm('Cancel');
  expect(group('old')).toBeDefined();
  await web.page.getByRole('button', { name: 'Remove this group' }).click();
  await web.confirm('Remove');
  await expect.poll(() => new URL(web.page.url()).hash).toBe('#/groups');
  expect(group('old')).toBeUndefined();

  await web.open('#/groups/main');
  await web.page.getByRole('form').waitFor();
  expect(await web.page.getByRole('button', { name: 'Remove this group' }).count()).toBe(0);
});

test('memory is read version by version, and an earlier one is restored', async () => {
  const file = join(web.host.paths.groups, 'main', 'CLAUDE.md');
  const markup = '<img src=x onerror="window.broken=1"> likes tea';
  writeFileSync(file, markup);
  await web.open('#/groups/main/memory');
  await web.page.locator('.cards .card').first().waitFor();
  writeFileSync(file, 'likes coffee');
  await web.page.reload();
  await expect.poll(() => web.page.locator('.cards .card').count()).toBe(2);

  const older = web.page.locator('.cards .card').nth(1);
  await older.getByRole('button', { name: /^Read/ }).click();
  await expect.poll(() => older.locator('pre').textContent()).toBe(markup);
  await older.getByRole('button', { name: /^Restore/ }).click();
  await web.confirm('Restore');
  await expect.poll(() => web.page.locator('.cards .card').count()).toBe(3);
  expect(web.host.stores.memory.list('main')[0]?.content).toBe(markup);
  expect(await web.page.evaluate('window.broken')).toBeUndefined();
});

test('a group that is not there is said to be not there', async () => {
  await web.open('#/groups/nobody');
  await web.sees('there is no group nobody');
});
