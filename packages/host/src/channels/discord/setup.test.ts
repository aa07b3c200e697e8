import { type DiscordServer, startDiscordServer } from '@nanoclaw/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SetupVerdict } from '../channel-setup.ts';
import { discordSetup } from './setup.ts';

let server: DiscordServer;
beforeEach(async () => {
  server = await startDiscordServer();
});
afterEach(() => server.close());

const verify = (token = server.token, url = server.apiUrl): Promise<SetupVerdict> =>
  discordSetup.verify({ DISCORD_BOT_TOKEN: token, DISCORD_API_URL: url }, AbortSignal.timeout(60_000));

test('a right token shows whose it is, and how it is added to a server', async () => {
  const verdict = await verify();
  expect(verdict).toMatchObject({
    ok: true,
    detail: expect.stringMatching(/^the bot is Andy; .*client_id=\d+&scope=bot/),
  });
});

test('a token that Discord does not know is told of without it', async () => {
  const verdict = await verify('OTk5.nobody.knows-this-token');
  expect(verdict).toMatchObject({ ok: false, variable: 'DISCORD_BOT_TOKEN' });
  expect(JSON.stringify(verdict)).not.toContain('nobody');
});

test('an application that may not read messages is told of', async () => {
  server.about.flags = 0;
  expect(await verify()).toMatchObject({ ok: false, problem: expect.stringContaining('Message Content Intent') });
});

test('a server that is not there is told of, by the setting that names it', async () => {
  const { token, apiUrl } = server;
  await server.close();
  const verdict = await verify(token, apiUrl);
  server = await startDiscordServer();
  expect(verdict).toMatchObject({ ok: false, variable: 'DISCORD_API_URL' });
  expect(JSON.stringify(verdict)).toContain('ECONNREFUSED');
});

test('what cannot be a token is seen at once', () => {
  const [token, url] = discordSetup.fields;
  expect(token?.problemWith?.(server.token)).toBeUndefined();
  expect(token?.problemWith?.(`Bot ${server.token}`)).toContain('word in front');
  expect(token?.problemWith?.('not a token at all')).toContain('three parts');
  expect(url?.problemWith?.('discord.com')).toContain('http://');
});
