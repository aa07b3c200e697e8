import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, expect, test } from 'vitest';
import { messageTexts, openPage, usePages } from './page-fixture.ts';
import { MAIN } from './web-fixture.ts';

const web = usePages();

const pictures = mkdtempSync(join(tmpdir(), 'nanoclaw-page-'));
afterAll(() => rmSync(pictures, { recursive: true, force: true }));

const SCREENS = [
  { name: 'desktop', width: 1280, height: 800 },
  { name: 'phone', width: 390, height: 844 },
  { name: 'small phone', width: 360, height: 640 },
];

for (const { name, width, height } of SCREENS) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`on a ${name} in ${colorScheme} everything fits the width and the composer is in sight`, async () => {
      web.host.answer(
        `${'wide'.repeat(200)}\n\`\`\`\n${'code '.repeat(100)}\n\`\`\`\nhttps://example.org/${'x'.repeat(300)}`,
      );
      web.host.local.say(MAIN, `thanks, ${'long'.repeat(100)}`);
      const screen = await web.browser.newContext({ viewport: { width, height }, colorScheme });
      const page = await openPage(screen, web.host);
      await expect.poll(async () => (await messageTexts(page)).length).toBe(2);

      const widths = await page.$$eval('html, body, main, #log, .message, .text, form', (nodes) =>
        nodes.map((node) => node.getBoundingClientRect().right),
      );
      expect(widths.length).toBeGreaterThan(8);
      expect(Math.max(...widths)).toBeLessThanOrEqual(width);
      const overflow = await page.$$eval('html, body, main, .text', (nodes) =>
        nodes.filter((node) => node.scrollWidth > node.clientWidth).map((node) => node.tagName),
      );
      expect(overflow).toEqual([]);
      for (const part of ['#text', '#send']) {
        const box = await page.locator(part).boundingBox();
        expect(box && box.y + box.height).toBeLessThanOrEqual(height);
        expect(box?.y).toBeGreaterThan(height / 2);
      }

      const picture = await page.screenshot({ path: join(pictures, `${name}-${colorScheme}.png`) });
      const { colours, brightness } = await looks(page, picture);
      expect(colours).toBeGreaterThan(20);
      if (colorScheme === 'light') expect(brightness).toBeGreaterThan(150);
      else expect(brightness).toBeLessThan(100);
      await screen.close();
    });
  }
}

/** How many colours a picture has and how bright it is on average (0 to 255), found by the browser itself. */
async function looks(page: Page, png: Buffer): Promise<{ colours: number; brightness: number }> {
  return page.evaluate(async (source) => {
    const picture = new Image();
    picture.src = `data:image/png;base64,${source}`;
    await picture.decode();
    const canvas = new OffscreenCanvas(picture.width, picture.height);
    const drawing = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
    drawing.drawImage(picture, 0, 0);
    const pixels = new Uint32Array(drawing.getImageData(0, 0, picture.width, picture.height).data.buffer);
    let sum = 0;
    for (const pixel of pixels) sum += ((pixel & 255) + ((pixel >> 8) & 255) + ((pixel >> 16) & 255)) / 3;
    return { colours: new Set(pixels).size, brightness: sum / pixels.length };
  }, png.toString('base64'));
}
