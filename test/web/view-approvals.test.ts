import { expect, test } from 'vitest';
import { askForDomain } from './full-life.ts';
import { useViews } from './view-fixture.ts';

const web = useViews();

const state = (id: number) => web.host.stores.approvals.find(id);

test('what agents wait for appears by itself, and is allowed once, always, or refused', async () => {
  await web.open('#/approvals');
  await web.sees('Nothing waits for you');
  const [once, always, never] = ['one.example', 'two.example', 'three.example'].map((host) =>
    askForDomain(web.host, host),
  ) as [number, number, number];
  await web.page.getByRole('button', { name: `Allow once: approval ${once}` }).click();
  await expect.poll(() => state(once)).toMatchObject({ state: 'allowed', isAlways: false });
  await web.page.getByRole('button', { name: `Always allow: approval ${always}` }).click();
  await expect.poll(() => state(always)).toMatchObject({ state: 'allowed', isAlways: true });
  await web.page.getByRole('button', { name: `Refuse: approval ${never}` }).click();
  await expect.poll(() => state(never)).toMatchObject({ state: 'refused', decidedBy: 'the owner on the page' });
  await web.sees('Nothing waits for you');
});

test('what is allowed from now on is listed and forgotten after a confirmation', async () => {
  const id = askForDomain(web.host, '<img src=x onerror="window.broken=1">');
  await web.open('#/approvals');
  await web.page.getByRole('button', { name: `Always allow: approval ${id}` }).click();
  const forget = web.page.getByRole('button', { name: `Forget approval ${id}` });
  await forget.click();
  await web.confirm('Cancel');
  expect(state(id)?.state).toBe('allowed');
  await forget.click();
  await web.confirm('Forget');
  await expect.poll(() => state(id)?.state).toBe('withdrawn');
  await web.sees('withdrawn');
  expect(await web.page.evaluate('window.broken')).toBeUndefined();
});

test('a question that somebody else has answered meanwhile says so, and is not answered twice', async () => {
  const id = askForDomain(web.host, 'late.example');
  await web.open('#/approvals');
  await web.page.route(/\/approvals\/\d+$/, (route) => {
    web.host.stores.approvals.settle(id, { state: 'refused', isAlways: false, by: 'main', now: Date.now() });
    return route.continue();
  });
  const answered = web.page.waitForResponse(/\/approvals\/\d+$/);
  await web.page.getByRole('button', { name: `Allow once: approval ${id}` }).click();
  expect(await (await answered).json()).toEqual({ error: expect.stringContaining('does not wait any more') });
  expect(state(id)?.state).toBe('refused');
});
