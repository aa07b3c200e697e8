import { appendFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SECRET } from './full-host.ts';
import { liveAWhile } from './full-life.ts';
import { useViews } from './view-fixture.ts';

const web = useViews();

test('a sandbox that begins appears by itself, its output is followed, and it is stopped after a confirmation', async () => {
  await web.open('#/live');
  await web.sees('No agent is running');
  const print = web.host.runAgent('main');
  await web.page.getByRole('link', { name: 'Output of main' }).click();
  await web.sees('It has printed nothing yet.');
  print('stdout: <img src=x onerror="window.broken=1">\n');
  const output = web.page.getByRole('log', { name: 'Output' });
  await expect.poll(() => output.textContent()).toContain('onerror');
  print('stdout: second line\n');
  await expect.poll(() => output.textContent()).toContain('second line');
  expect(await web.page.evaluate('window.broken')).toBeUndefined();

  await web.page.getByRole('button', { name: 'Stop main' }).click();
  await web.confirm('Cancel');
  expect(web.host.received).toEqual([]);
  await web.page.getByRole('button', { name: 'Stop main' }).click();
  await web.confirm('Stop');
  await expect.poll(() => web.host.received.map(({ content }) => content)).toEqual(['/stop']);
  web.host.live.length = 0;
  await web.sees('This sandbox has ended.');
});

test('a sandbox that rests is ended at once', async () => {
  web.host.runAgent('main', { phase: 'resting' });
  await web.open('#/live');
  await web.page.getByRole('button', { name: 'End the sandbox of main' }).click();
  await expect.poll(() => web.host.stopped).toEqual(['nanoclaw-3f2a-main']);
});

test('long output keeps its end only', async () => {
  const print = web.host.runAgent('main');
  print(`stdout: first\n${'stdout: filling\n'.repeat(20_000)}stdout: last\n`);
  await web.open('#/live/nanoclaw-3f2a-main');
  const output = web.page.getByRole('log', { name: 'Output' });
  await expect.poll(() => output.textContent()).toContain('stdout: last');
  const text = (await output.textContent()) ?? '';
  expect(text.length).toBeLessThan(70_000);
  expect(text).not.toContain('first');
});

test('usage is drawn and told by day, group and model, in the measure that one chooses', async () => {
  liveAWhile(web.host);
  await web.open('#/usage');
  await web.sees('Cost by day');
  expect(await web.page.locator('.chart .bar').count()).toBe(30);
  await web.page.locator('summary').first().click();
  expect(await web.page.getByRole('table', { name: 'Usage by day' }).locator('tbody tr').count()).toBe(30);
  await web.page.getByLabel('Period').selectOption('7');
  await expect.poll(() => web.page.locator('.chart .bar').count()).toBe(7);
  await web.page.getByLabel('Measure').selectOption('tokens');
  await web.sees('Tokens by day');
  expect(await web.page.locator('.share-name').allInnerTexts()).toEqual([
    'main',
    'family',
    'claude-sonnet-4-5',
    'claude-haiku-4-5',
  ]);
});

test('a host that has used nothing says so', async () => {
  await web.open('#/usage');
  await web.sees('Nothing was used in this time');
});

test('health names the channels, what was mended and what was kept aside', async () => {
  liveAWhile(web.host);
  const odd = { source: 'mailbox', owner: 'main', reason: 'no JSON', content: '<script>' } as const;
  web.host.stores.quarantine.add(odd, Date.now());
  await web.open('#/health');
  for (const text of ['Telegram', 'the platform is busy: 429', 'lost-wake-up: 1', 'mailbox 1']) await web.sees(text);
});

test('the record is filtered, paged and checked', async () => {
  const { record } = web.host.stores;
  for (let index = 1; index <= 60; index++) {
    record.add({ kind: 'send', group: 'main', detail: { text: `<b>${index}</b>` }, now: Date.now() });
  }
  record.add({ kind: 'egress', group: 'main', detail: { host: 'evil.example' }, now: Date.now() });
  await web.open('#/record');
  await expect.poll(() => web.page.locator('.entry').count()).toBe(50);
  await web.page.getByRole('button', { name: 'Show older entries' }).click();
  await expect.poll(() => web.page.locator('.entry').count()).toBe(62);
  await web.page.getByLabel('Kind').selectOption('egress');
  await expect.poll(() => web.page.locator('.entry').allInnerTexts()).toHaveLength(1);
  await web.sees('evil.example');

  await web.page.getByRole('button', { name: 'Check the chain' }).click();
  await web.sees('none changed or missing');
  appendFileSync(web.host.paths.record, '{"forged": true}\n');
  await web.page.getByRole('button', { name: 'Check the chain' }).click();
  await web.sees('it is no entry');
});

test('settings are shown without a single secret, on the page and in every answer', async () => {
  const answers: string[] = [];
  web.page.on('response', async (answer) => void answers.push(await answer.text().catch(() => '')));
  await web.open('#/settings');
  await web.sees('ASSISTANT_NAME');
  await web.sees('set, not shown');
  for (const view of ['health', 'groups', 'usage', 'record', 'live', 'tasks']) {
    await web.open(`#/${view}`);
    await web.page.locator('.view-body > *').first().waitFor();
  }
  expect(answers.join('\n')).toContain('ASSISTANT_NAME');
  expect(answers.join('\n') + (await web.page.content())).not.toContain(SECRET);
});

test('WhatsApp is linked with a code for the camera, or with one to type', async () => {
  await web.open('#/link/whatsapp');
  await web.page.getByRole('button', { name: 'Show a code for the camera' }).click();
  const picture = web.page.getByRole('img', { name: 'QR code for the phone' });
  await picture.waitFor();
  const width = () => picture.evaluate((node) => (node as unknown as { naturalWidth: number }).naturalWidth);
  await expect.poll(width).toBeGreaterThan(20);
  web.host.linked.state = { phase: 'linked', number: '491701234567' };
  await web.sees('WhatsApp is linked to +491701234567.');

  web.host.linked.state = { phase: 'not-linked' };
  const number = web.page.getByLabel('Number of the phone');
  await number.fill('12');
  await web.page.getByRole('button', { name: 'Get a code to type' }).click();
  await web.sees('With country code, digits only.');
  await number.fill('+49 170 1234567');
  await web.page.getByRole('button', { name: 'Get a code to type' }).click();
  await web.sees('ABCD-1234');
});
