import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startTelegramServer, type TelegramServer } from '@nanoclaw/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SetupVerdict } from '../channel-setup.ts';
import { telegramSetup } from './setup.ts';

let server: TelegramServer;
beforeEach(async () => {
  server = await startTelegramServer();
});
afterEach(() => server.close());

const verify = (token: string, root = server.root): Promise<SetupVerdict> =>
  telegramSetup.verify({ TELEGRAM_BOT_TOKEN: token, TELEGRAM_API_ROOT: root }, AbortSignal.timeout(60_000));

test('a right token shows whose it is', async () => {
  expect(await verify(server.token)).toEqual({ ok: true, detail: 'the bot is @andy_bot' });
});

test('a bot in privacy mode is no failure, and its owner learns what that means', async () => {
  server.about['can_read_all_group_messages'] = false;
  expect(await verify(server.token)).toMatchObject({ ok: true, detail: expect.stringContaining('/setprivacy') });
});

test('a token that Telegram does not know is told of without it', async () => {
  const verdict = await verify('999999:a-token-that-nobody-knows');
  expect(verdict).toMatchObject({ ok: false, variable: 'TELEGRAM_BOT_TOKEN' });
  expect(verdict).toMatchObject({ problem: expect.stringContaining('does not know this token') });
  expect(JSON.stringify(verdict)).not.toContain('nobody-knows');
});

test('a server that is not there is told of, by the setting that names it', async () => {
  const { root, token } = server;
  await server.close();
  const verdict = await verify(token, root);
  server = await startTelegramServer();
  expect(verdict).toMatchObject({ ok: false, variable: 'TELEGRAM_API_ROOT' });
  expect(JSON.stringify(verdict)).toMatch(/cannot be reached \(ECONNREFUSED\)/);
  expect(JSON.stringify(verdict)).not.toContain(token);
});

test('a server that is no Bot API is told of', async () => {
  const page = createServer((_request, response) => response.end('<html>hello</html>'));
  page.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
  const verdict = await verify(server.token, `http://127.0.0.1:${(page.address() as AddressInfo).port}`);
  await new Promise((resolve) => page.close(resolve));
  expect(verdict.ok).toBe(false);
  expect(JSON.stringify(verdict)).not.toContain(server.token);
});

test('what cannot be a token is seen at once, and not repeated', () => {
  const [token, root] = telegramSetup.fields;
  expect(token?.problemWith?.(server.token)).toBeUndefined();
  for (const wrong of ['', 'hello', '123456', '@andy_bot', '123456:short']) {
    expect(token?.problemWith?.(wrong)).toContain('copy the whole');
  }
  expect(root?.problemWith?.('api.telegram.org')).toContain('http://');
  expect(root?.problemWith?.('https://api.telegram.org')).toBeUndefined();
});
