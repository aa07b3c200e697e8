import { type SlackServer, startSlackServer } from '@nanoclaw/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SetupVerdict } from '../channel-setup.ts';
import { slackSetup } from './setup.ts';

let server: SlackServer;
beforeEach(async () => {
  server = await startSlackServer();
});
afterEach(() => server.close());

const verify = (values: Record<string, string> = {}): Promise<SetupVerdict> => {
  const { botToken: SLACK_BOT_TOKEN, appToken: SLACK_APP_TOKEN, apiUrl: SLACK_API_URL } = server;
  return slackSetup.verify({ SLACK_BOT_TOKEN, SLACK_APP_TOKEN, SLACK_API_URL, ...values }, AbortSignal.timeout(60_000));
};

test('right tokens show whose they are, and leave no connection open', async () => {
  expect(await verify()).toEqual({ ok: true, detail: 'the app is @andy in Team' });
});

test.each([
  ['SLACK_BOT_TOKEN', 'xoxb-9-nobody-knows'],
  ['SLACK_APP_TOKEN', 'xapp-9-nobody-knows'],
])('a %s that Slack does not know is told of without it', async (variable, token) => {
  const verdict = await verify({ [variable]: token });
  expect(verdict).toMatchObject({ ok: false, variable, problem: expect.stringContaining('does not know') });
  expect(JSON.stringify(verdict)).not.toContain('nobody-knows');
});

test('tokens that are swapped are told of', async () => {
  const verdict = await verify({ SLACK_BOT_TOKEN: server.appToken, SLACK_APP_TOKEN: server.botToken });
  expect(verdict).toMatchObject({ ok: false, problem: expect.stringContaining('SLACK_BOT_TOKEN begins with xoxb-') });
});

test('Socket Mode that is off, and a scope that is missing, are told of', async () => {
  server.faults.push({ method: 'apps.connections.open', does: { error: 'internal_app_not_socket_mode' }, times: 1 });
  expect(await verify()).toMatchObject({ ok: false, problem: expect.stringContaining('Socket Mode is off') });
  server.faults.push({ method: 'apps.connections.open', does: { error: 'missing_scope' }, times: 1 });
  expect(await verify()).toMatchObject({ ok: false, problem: expect.stringContaining('connections:write') });
});

test('scopes of the app that are missing are named', async () => {
  server.scopes.push('chat:write', 'im:history');
  const verdict = await verify();
  expect(verdict).toMatchObject({ ok: false, problem: expect.stringContaining('channels:history, users:read') });
  server.scopes.push('channels:history', 'users:read');
  expect(await verify()).toMatchObject({ ok: true, detail: expect.stringContaining('goes without') });
});

test('a server that is not there is told of, by the setting that names it', async () => {
  const { apiUrl } = server;
  await server.close();
  const verdict = await verify({ SLACK_API_URL: apiUrl });
  server = await startSlackServer();
  expect(verdict).toMatchObject({
    ok: false,
    variable: 'SLACK_API_URL',
    problem: expect.stringContaining('ECONNREFUSED'),
  });
});

test('what cannot be a token is seen at once', () => {
  const [bot, app, url] = slackSetup.fields;
  expect(bot?.problemWith?.('xoxb-1')).toBeUndefined();
  expect(bot?.problemWith?.('xapp-1')).toContain('the other of the two');
  expect(app?.problemWith?.('xapp-1')).toBeUndefined();
  expect(app?.problemWith?.('hello')).toContain('xapp-');
  expect(url?.problemWith?.('slack.com')).toContain('http://');
});
