import { writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { expectMessages, numbered, openPage, usePages } from './page-fixture.ts';
import { MAIN } from './web-fixture.ts';

const web = usePages();

test('a browser that is not logged in sees what to run', async () => {
  const page = await web.context.newPage();
  const answer = await page.goto(`http://127.0.0.1:${web.host.server.port}/`);
  expect(answer?.status()).toBe(401);
  expect(await page.locator('body').textContent()).toContain('npx nanoclaw web');
});

test('an open page that was logged out says so, and misses nothing when its browser logs in again', async () => {
  const page = await openPage(web.context, web.host);
  web.host.answer('before');
  await expectMessages(page, ['before']);
  await web.host.restart(() => {
    writeFileSync(web.host.stateFile, JSON.stringify({ port: web.host.server.port, sessions: [] }));
  });
  await expect.poll(() => page.locator('#reason').textContent(), { timeout: 15_000 }).toContain('npx nanoclaw web');
  expect(await page.locator('#connection').textContent()).toBe('reconnecting…');

  for (const text of numbered(1, 250)) web.host.answer(text);
  await (await web.context.newPage()).goto(web.host.server.loginUrl());
  await expectMessages(page, ['before', ...numbered(1, 250)]);
  expect(await page.locator('#reason').isVisible()).toBe(false);
});

test('a used link opens the page in the browser that used it and nowhere else', async () => {
  const url = web.host.server.loginUrl();
  const page = await web.context.newPage();
  for (const _ of ['first', 'again']) {
    await page.goto(url);
    expect(new URL(page.url()).pathname).toBe('/');
    await page.locator('#text').waitFor();
  }
  const other = await web.browser.newContext();
  expect((await (await other.newPage()).goto(url))?.status()).toBe(401);
  await other.close();
});

test('a page of another port of this computer cannot send, and a foreign Host is refused', async () => {
  await openPage(web.context, web.host);
  const base = `http://127.0.0.1:${web.host.server.port}`;
  const neighbour = createServer((_request, response) => response.end('<!doctype html><title>neighbour</title>'));
  await new Promise<void>((resolve) => neighbour.listen(0, '127.0.0.1', resolve));
  const foreign = await web.context.newPage();
  await foreign.goto(`http://127.0.0.1:${(neighbour.address() as AddressInfo).port}/`);
  // The cookie goes along, because cookies know no ports: only the Origin gives the page away.
  const arrived = new Promise<void>((resolve) => {
    foreign.on('response', () => resolve());
    foreign.on('requestfailed', () => resolve());
  });
  await foreign.evaluate(async (target) => {
    const options = { method: 'POST', mode: 'no-cors', credentials: 'include', body: '{"text": "forged"}' } as const;
    // The answer is kept from the page in any case; what matters is what the request does.
    await fetch(`${target}/chats/local%3Amain/messages`, options).catch(() => undefined);
  }, base);
  await arrived;
  neighbour.closeAllConnections();
  neighbour.close();
  expect(web.host.local.history(MAIN)).toEqual([]);

  const cookie = (await web.context.cookies(base)).map(({ name, value }) => `${name}=${value}`).join('; ');
  const status = await new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port: web.host.server.port,
      path: '/chats',
      headers: { host: 'evil.test', cookie },
    };
    request(options, (response) => resolve(response.resume().statusCode))
      .on('error', reject)
      .end();
  });
  expect(status).toBe(403);
});
