import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { aFullHost, type FullHost } from './full-host.ts';
import { liveAWhile } from './full-life.ts';
import { launchChromium } from './page-fixture.ts';
import { shoot } from './page-shots.ts';

let browser: Browser;
let host: FullHost;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());
beforeEach(async () => {
  host = await aFullHost();
});
afterEach(() => host.stop());

const SCREENS = [
  { name: 'desktop', width: 1280, height: 800 },
  { name: 'phone', width: 320, height: 640 },
] as const;

/** Every page, and what shows that it is there. */
const pages = (): [name: string, hash: string, sign: string][] => {
  const [task] = host.stores.tasks.details();
  return [
    ['chat', '#/chat/local%3Amain', '#log .message'],
    ['chat-telegram', '#/chat/tg%3A-1001', '.from-other'],
    ['groups', '#/groups', '.cards .card'],
    ['group', '#/groups/family', '.form'],
    ['group-new', '#/groups/new', '.form [name=jid]'],
    ['memory', '#/groups/main/memory', '.cards .card'],
    ['tasks', '#/tasks', '.cards .card'],
    ['task', `#/tasks/${task?.id}`, '.prompt'],
    ['task-new', '#/tasks/new', '.form'],
    ['task-edit', `#/tasks/${task?.id}/edit`, '.form'],
    ['approvals', '#/approvals', '.wish'],
    ['live', '#/live', '.cards .card'],
    ['output', '#/live/nanoclaw-3f2a-main', '.text-box:not(:empty)'],
    ['usage', '#/usage', '.chart'],
    ['health', '#/health', '.facts'],
    ['record', '#/record', '.entry'],
    ['settings', '#/settings', 'table'],
    ['link', '#/link/whatsapp', '.form'],
  ];
};

async function violations(page: Page): Promise<string[]> {
  // The script is put in by the browser itself, past the page's own policy.
  const session = await page.context().newCDPSession(page);
  await session.send('Runtime.evaluate', { expression: axe.source });
  const { result } = await session.send('Runtime.evaluate', {
    expression: 'axe.run(document, { resultTypes: ["violations"] }).then((found) => JSON.stringify(found.violations))',
    awaitPromise: true,
    returnByValue: true,
  });
  await session.detach();
  const found = JSON.parse(result.value) as { id: string; impact: string; nodes: { target: string[] }[] }[];
  return found
    .filter(({ impact }) => ['serious', 'critical'].includes(impact))
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
}

test('the check of accessibility finds a fault that is planted', async () => {
  const page = await browser.newPage();
  await page.setContent('<html lang="en"><title>x</title><main><button></button><img src="data:,"></main></html>');
  expect((await violations(page)).map((fault) => fault.split(':')[0])).toEqual(['button-name', 'image-alt']);
  await page.close();
});

for (const { name, width, height } of SCREENS) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`every page on a ${name} in ${colorScheme} fits its width and has no serious fault of accessibility`, async () => {
      liveAWhile(host);
      const context = await browser.newContext({ viewport: { width, height }, colorScheme, reducedMotion: 'reduce' });
      const complaints: string[] = [];
      context.on('weberror', (error) => complaints.push(String(error.error())));
      context.on('console', (line) => {
        if (line.type() === 'error') complaints.push(line.text());
      });
      const page = await context.newPage();
      await page.goto(host.server.loginUrl());
      const faults: string[] = [];
      for (const [view, hash, sign] of pages()) {
        await page.goto(`http://127.0.0.1:${host.server.port}/${hash}`);
        await page.locator(sign).first().waitFor({ timeout: 60_000 });
        await expect.poll(() => page.locator('#connection').textContent()).toBe('connected');
        if (name === 'phone' && view === 'groups') {
          await page.click('#menu');
          faults.push(...(await violations(page)).map((fault) => `menu: ${fault}`));
          await shoot(page, `menu-${name}-${colorScheme}`);
          await page.keyboard.press('Escape');
        }
        await shoot(page, `${view}-${name}-${colorScheme}`);
        faults.push(...(await violations(page)).map((fault) => `${view}: ${fault}`));
        const overflow = await page.$eval('#scroller', (node) => node.scrollWidth - node.clientWidth);
        if (overflow > 0) faults.push(`${view}: ${overflow} pixels too wide`);
      }
      expect(faults).toEqual([]);
      expect(complaints).toEqual([]);
      await context.close();
    });
  }
}
