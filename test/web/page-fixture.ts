import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { aWebHost, type WebHost } from './web-fixture.ts';

/** How long a page may take to show what it was told, in milliseconds; busy machines need it. */
const SHOWN_LIMIT_MS = 15_000;

/** For the tests of this file: one Chromium, and for each test a new host and a new browser profile. */
export function usePages() {
  const web = {} as { browser: Browser; host: WebHost; context: BrowserContext };
  let complaints: string[];
  beforeAll(async () => {
    web.browser = await launchChromium();
  });
  afterAll(() => web.browser.close());
  beforeEach(async () => {
    web.host = await aWebHost();
    web.context = await web.browser.newContext();
    complaints = [];
    web.context.on('weberror', (error) => complaints.push(String(error.error())));
    web.context.on('console', (line) => {
      if (line.text().includes('Content Security Policy')) complaints.push(line.text());
    });
  });
  afterEach(async () => {
    await web.context.close();
    await web.host.stop();
    expect(complaints).toEqual([]);
  });
  return web;
}

export function launchChromium(): Promise<Browser> {
  const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'];
  const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', ...quiet];
  return chromium.launch({ executablePath: '/usr/bin/chromium', args });
}

/** A page of a browser that was just logged in, with the conversation shown. */
export async function openPage(context: BrowserContext, host: WebHost): Promise<Page> {
  const page = await context.newPage();
  await page.goto(host.server.loginUrl());
  await page.locator('#log[aria-busy=false]').waitFor({ state: 'attached' });
  return page;
}

export const messageTexts = (page: Page) => page.locator('#log .message .text').allInnerTexts();

/** Waits until the page shows exactly these messages, and shows both sides when it does not. */
export const expectMessages = (page: Page, texts: string[]) =>
  expect.poll(() => messageTexts(page), { timeout: SHOWN_LIMIT_MS }).toEqual(texts);

export async function send(page: Page, text: string): Promise<void> {
  await page.fill('#text', text);
  await page.press('#text', 'Enter');
}

export const numbered = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `message ${from + index}`);
