import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { aFullHost, type FullHost } from './full-host.ts';
import { launchChromium } from './page-fixture.ts';

const DESKTOP = 1_280;
const PHONE = 390;

let width = DESKTOP;

/** Tests that are registered from here on see the page on a phone. */
export function onPhone(): void {
  width = PHONE;
}

export const isOnPhone = (): boolean => width === PHONE;

/** For the tests of this file: one Chromium, and for each test a new host and a page of a browser that is logged in. */
export function useViews(options: { width?: number } = {}) {
  const web = {} as { browser: Browser; host: FullHost; context: BrowserContext; page: Page };
  const chosen = width;
  let complaints: string[];
  beforeAll(async () => {
    web.browser = await launchChromium();
  });
  afterAll(() => web.browser.close());
  beforeEach(async () => {
    web.host = await aFullHost();
    const viewport = { width: options.width ?? chosen, height: 800 };
    web.context = await web.browser.newContext({ viewport, reducedMotion: 'reduce' });
    complaints = [];
    web.context.on('weberror', (error) => complaints.push(String(error.error())));
    web.context.on('console', (line) => {
      if (line.text().includes('Content Security Policy')) complaints.push(line.text());
    });
    web.page = await web.context.newPage();
    web.page.setDefaultTimeout(60_000);
    await web.page.goto(web.host.server.loginUrl());
  });
  afterEach(async () => {
    await web.context.close();
    await web.host.stop();
    expect(complaints).toEqual([]);
  });
  return Object.assign(web, {
    /** Goes to a page as its address says. */
    open: (hash: string) => web.page.goto(`http://127.0.0.1:${web.host.server.port}/${hash}`),
    /** Waits until the page shows a text, in one place at least. */
    sees: (text: string | RegExp) => web.page.getByText(text).filter({ visible: true }).first().waitFor(),
    /** Answers the question whether one is sure. */
    confirm: (label: string) => web.page.locator('dialog').getByRole('button', { name: label, exact: true }).click(),
  });
}
