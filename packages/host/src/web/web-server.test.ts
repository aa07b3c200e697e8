import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLocalChannel, type LocalChannel } from '../channels/local/local-channel.ts';
import { systemClock } from '../kernel/clock.ts';
import { silentLog } from '../kernel/log.ts';
import { createFileStore } from '../messages/file-store.ts';
import { asChatJid, type ChatJid } from '../messages/message.ts';
import { createMessageStore } from '../messages/message-store.ts';
import { openStore } from '../store/open-store.ts';
import { hashToken } from './web-access.ts';
import { startWebServer, type WebServer } from './web-server.ts';
import { LOGIN_CODE_LIFE_MS } from './web-sessions.ts';

const CHAT = asChatJid('local:main') as ChatJid;
const EVENTS = '/chats/local%3Amain/events';
const MESSAGES = '/chats/local%3Amain/messages';

let directory: string;
let stateFile: string;
let local: LocalChannel;
let now: number;
const ended: (() => Promise<void> | void)[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'nanoclaw-web-server-'));
  stateFile = join(directory, 'web.json');
  now = 1_000_000;
  const database = openStore(':memory:');
  const messages = createMessageStore(database);
  messages.ensureChat({ jid: CHAT, name: 'main', channel: 'local', isGroup: false });
  local = createLocalChannel({
    messages,
    files: createFileStore(database),
    pathOfFile: (key) => join(directory, key),
    keepFile: (_, { name }) => ({ path: `/workspace/group/attachments/${name}` }),
    now: () => now,
    receive: (chat, message) => {
      const stored = messages.accept(chat, message);
      if (stored) local.onStored(stored);
    },
  });
  ended.push(() => rmSync(directory, { recursive: true, force: true }));
  ended.push(() => void database.close());
});

afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

async function aServer(): Promise<WebServer> {
  const clock = { now: () => now, sleep: systemClock.sleep };
  const chats = () => [{ jid: CHAT, name: 'main' }];
  const server = await startWebServer({ local, chats, port: 0, stateFile, log: silentLog, clock });
  ended.push(() => server.stop());
  return server;
}

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

/** Unlike fetch it sends the path, Host and Origin exactly as given. */
function ask(server: WebServer, path: string, options: { method?: string; headers?: object; body?: string } = {}) {
  return new Promise<Answer>((resolve, reject) => {
    const headers = { connection: 'close', ...options.headers };
    const target = { host: '127.0.0.1', port: server.port, path, method: options.method ?? 'GET', headers };
    const asking = request(target, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part) => {
        text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    asking.on('error', reject);
    asking.end(options.body);
  });
}

const pathOf = (url: string) => url.slice(url.indexOf('/login'));

/** The cookie header of a browser that was just logged in. */
async function logIn(server: WebServer): Promise<string> {
  const answer = await ask(server, pathOf(server.loginUrl()));
  return String(answer.headers['set-cookie']).split(';')[0] as string;
}

const errorOf = (answer: Answer) => (JSON.parse(answer.text) as { error: string }).error;

test('a login link sets a strict cookie, leads to the page, and works once', async () => {
  const server = await aServer();
  const url = server.loginUrl();
  expect(url).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:${server.port}/login\\?code=[0-9a-f]{32}$`));

  const answer = await ask(server, pathOf(url));
  expect([answer.status, answer.headers['location']]).toEqual([303, '/']);
  const [cookie] = answer.headers['set-cookie'] as string[];
  expect(cookie).toMatch(/^nanoclaw-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);

  const again = await ask(server, pathOf(url));
  expect([again.status, again.headers['set-cookie']]).toEqual([401, undefined]);
  expect(again.text).toContain('npx nanoclaw web');
  const sameBrowser = await ask(server, pathOf(url), { headers: { cookie: cookie?.split(';')[0] } });
  expect([sameBrowser.status, sameBrowser.headers['location']]).toEqual([303, '/']);
});

test('a login link is too old after its life', async () => {
  const server = await aServer();
  const url = server.loginUrl();
  now += LOGIN_CODE_LIFE_MS;
  expect((await ask(server, pathOf(url))).status).toBe(401);
  expect((await ask(server, '/login')).status).toBe(401);
});

test('without the cookie nothing is served: the page says what to run, everything else is a sentence', async () => {
  const server = await aServer();
  const page = await ask(server, '/');
  expect(page.status).toBe(401);
  expect(page.text).toContain('npx nanoclaw web');
  expect(page.text).not.toContain('script');

  const name = (await logIn(server)).split('=')[0];
  const origin = `http://127.0.0.1:${server.port}`;
  const refused = ['/chats', EVENTS, '/page.js', '/page.css', '/icon.svg', '/elsewhere'];
  for (const cookie of [undefined, `${name}=`, `${name}=${'x'.repeat(43)}`, 'other=1']) {
    const headers = cookie === undefined ? {} : { cookie };
    for (const path of refused) {
      const answer = await ask(server, path, { headers });
      expect([path, answer.status, errorOf(answer)]).toEqual([path, 401, expect.stringContaining('nanoclaw web')]);
    }
    const message = { method: 'POST', headers: { ...headers, origin }, body: '{"text": "x"}' };
    expect((await ask(server, MESSAGES, message)).status).toBe(401);
  }
  expect(local.history(CHAT)).toEqual([]);
});

test('a foreign Host or Origin is refused even with the cookie', async () => {
  const server = await aServer();
  const cookie = await logIn(server);
  const own = `127.0.0.1:${server.port}`;
  for (const host of ['evil.test', `evil.test:${server.port}`, '127.0.0.1', `127.0.0.1:${server.port + 1}`]) {
    for (const path of ['/', '/chats', EVENTS, pathOf(server.loginUrl())]) {
      const answer = await ask(server, path, { headers: { cookie, host } });
      expect([host, path, answer.status, answer.headers['set-cookie']]).toEqual([host, path, 403, undefined]);
    }
  }
  const body = '{"text": "x"}';
  for (const origin of [undefined, 'http://evil.test', 'null', `http://127.0.0.1:${server.port + 1}`]) {
    const headers = { cookie, host: own, ...(origin === undefined ? {} : { origin }) };
    expect([origin, (await ask(server, MESSAGES, { method: 'POST', headers, body })).status]).toEqual([origin, 403]);
  }
  const foreignRead = await ask(server, '/chats', { headers: { cookie, origin: 'http://evil.test' } });
  expect(foreignRead.status).toBe(403);
  expect(local.history(CHAT)).toEqual([]);

  const headers = { cookie, host: `localhost:${server.port}`, origin: `http://localhost:${server.port}` };
  expect((await ask(server, MESSAGES, { method: 'POST', headers, body })).status).toBe(202);
});

test('every answer carries the strict policy, and nothing is cached', async () => {
  const server = await aServer();
  const cookie = await logIn(server);
  const types: Record<string, string> = {};
  for (const path of ['/', '/page.js', '/message-text.js', '/page.css', '/icon.svg', '/chats', '/nothing']) {
    const answer = await ask(server, path, { headers: { cookie } });
    const policy = String(answer.headers['content-security-policy']);
    for (const rule of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "form-action 'none'"]) {
      expect(policy.split('; ')).toContain(rule);
    }
    expect(answer.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
    expect(answer.headers['strict-transport-security']).toBeUndefined();
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    types[path] = String(answer.headers['content-type']).split(';')[0] ?? '';
  }
  expect(types).toEqual({
    '/': 'text/html',
    '/page.js': 'text/javascript',
    '/message-text.js': 'text/javascript',
    '/page.css': 'text/css',
    '/icon.svg': 'image/svg+xml',
    '/chats': 'application/json',
    '/nothing': 'application/json',
  });
  const unauthorised = await ask(server, '/');
  expect(unauthorised.headers['content-security-policy']).toContain("default-src 'none'");
});

test('the page names nothing that is not served, and no address leads to another file', async () => {
  const server = await aServer();
  const cookie = await logIn(server);
  const page = await ask(server, '/', { headers: { cookie } });
  // What begins with # is a place of the page itself.
  const named = [...page.text.matchAll(/(?:src|href)="([^"#][^"]*)"/g)].map(([, address]) => address as string);
  expect(named.length).toBeGreaterThan(3);
  for (const address of named)
    expect([address, (await ask(server, address, { headers: { cookie } })).status]).toEqual([address, 200]);

  const escapes = ['/../package.json', '/%2e%2e/package.json', '/page.js/../../package.json', '/..%2fpackage.json'];
  for (const path of [...escapes, '/index.html', '//etc/passwd', '/page.js%00', '/page']) {
    expect([path, (await ask(server, path, { headers: { cookie } })).status]).toEqual([path, 404]);
  }
});

test('it listens on the loopback address only', async () => {
  const server = await aServer();
  const reach = (host: string) =>
    new Promise<boolean>((resolve) => {
      const socket = connect(server.port, host, () => resolve(true));
      socket.on('error', () => resolve(false));
      socket.on('close', () => undefined);
      ended.push(() => void socket.destroy());
    });
  expect(await reach('127.0.0.1')).toBe(true);
  expect(await reach('127.0.0.2')).toBe(false);
});

test('the state file has hashes of tokens only and is for this user', async () => {
  const server = await aServer();
  const cookie = await logIn(server);
  const text = readFileSync(stateFile, 'utf8');
  const token = cookie.split('=')[1] as string;
  expect(JSON.parse(text)).toEqual({ port: server.port, sessions: [hashToken(token)] });
  expect(text).not.toContain(token);
  expect(statSync(stateFile).mode & 0o777).toBe(0o600);
});
