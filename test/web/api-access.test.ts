import { request } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { aFullHost, type FullHost } from './full-host.ts';

let host: FullHost;
let cookie: string;
beforeEach(async () => {
  host = await aFullHost();
  const answer = await fetch(host.server.loginUrl(), { redirect: 'manual' });
  cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
});
afterEach(() => host.stop());

/** What changes or tells something: each has to refuse whoever is not the owner's page. */
const ROUTES = [
  ['GET', '/api/status'],
  ['GET', '/api/settings'],
  ['GET', '/api/usage?by=day'],
  ['GET', '/api/record'],
  ['POST', '/api/record/verify'],
  ['GET', '/api/unregistered'],
  ['GET', '/api/groups'],
  ['POST', '/api/groups'],
  ['PATCH', '/api/groups/main'],
  ['DELETE', '/api/groups/main'],
  ['GET', '/api/memory/main'],
  ['POST', '/api/memory/main/1/restore'],
  ['GET', '/api/tasks'],
  ['POST', '/api/tasks'],
  ['DELETE', '/api/tasks/task-1'],
  ['GET', '/api/approvals'],
  ['POST', '/api/approvals/1'],
  ['DELETE', '/api/approvals/1'],
  ['POST', '/api/links/whatsapp'],
  ['GET', '/api/live'],
  ['GET', '/api/live/events'],
  ['POST', '/api/live/box/stop'],
  ['GET', '/chats'],
  ['POST', '/chats/local%3Amain/messages'],
  ['POST', '/chats/local%3Amain/files'],
  ['GET', '/files/key'],
  ['GET', '/view-groups.js'],
] as const;

/** Sends the path and the headers exactly as given; gives the status and the headers. */
function ask(method: string, path: string, headers: Record<string, string> = {}) {
  return new Promise<{ status: number; headers: NodeJS.Dict<string | string[]> }>((resolve, reject) => {
    const target = { host: '127.0.0.1', port: host.server.port, method, path };
    const asking = request({ ...target, headers: { connection: 'close', ...headers } }, (response) => {
      response.destroy();
      resolve({ status: response.statusCode ?? 0, headers: response.headers });
    });
    asking.on('error', reject);
    asking.end();
  });
}

const own = () => ({ cookie, origin: `http://127.0.0.1:${host.server.port}` });

test('nothing is told or changed without a login, under another name, or for another page', async () => {
  for (const [method, path] of ROUTES) {
    const { origin } = own();
    const foreign = { ...own(), origin: 'http://127.0.0.1:1' };
    const statuses = [
      (await ask(method, path, { origin })).status,
      (await ask(method, path, { origin, cookie: `${cookie.split('=')[0]}=guessed` })).status,
      (await ask(method, path, { ...own(), host: 'evil.test' })).status,
      (await ask(method, path, foreign)).status,
      (await ask(method, path, { ...own(), origin: 'null' })).status,
    ];
    expect([path, ...statuses]).toEqual([path, 401, 401, 403, 403, 403]);
    // Browsers name the page with everything but a plain look.
    if (method !== 'GET') expect((await ask(method, path, { cookie })).status).toBe(403);
  }
  expect(host.stores.groups.main()).toBeDefined();
  expect(host.received).toEqual([]);
});

test('every answer carries the policy that lets nothing foreign run', async () => {
  for (const path of ['/', '/view-groups.js', '/api/groups', '/api/nothing', '/api/memory/nobody']) {
    const { headers } = await ask('GET', path, own());
    expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(headers['content-security-policy']).toContain("require-trusted-types-for 'script'");
    expect(headers['x-content-type-options']).toBe('nosniff');
  }
});

test.each([
  '/../package.json',
  '/..%2fpackage.json',
  '/%2e%2e/%2e%2e/package.json',
  '/view-groups.js/../../src/main.ts',
  '/.env',
  '/files/..%2f..%2f.env',
  '/api/memory/..%2f..%2f.env',
  '/api/live/..%2f..%2fhost/output',
  '/api/groups/..%2f..',
])('the path %s leads nowhere', async (path) => {
  expect((await ask('GET', path, own())).status).toBe(404);
});

test('the page is small: all of it together, and what any page of it needs', async () => {
  const index = await (await fetch(`http://127.0.0.1:${host.server.port}/`, { headers: { cookie } })).text();
  const needed = [...index.matchAll(/(?:href|src)="(\/[^"]+)"/g)].map(([, path]) => path as string);
  const seen = new Map<string, number>([['/', index.length]]);
  for (const path of needed) {
    if (seen.has(path)) continue;
    const text = await (await fetch(`http://127.0.0.1:${host.server.port}${path}`, { headers: { cookie } })).text();
    seen.set(path, text.length);
    for (const [, name] of text.matchAll(/from '\.\/([a-z-]+\.js)'/g)) needed.push(`/${name}`);
  }
  expect(seen.size).toBeGreaterThan(15);
  expect([...seen.values()].reduce((sum, size) => sum + size, 0)).toBeLessThan(100_000);
});

function upload(files: { name: string; content: string }[], text = ''): Promise<Response> {
  const body = new FormData();
  body.append('text', text);
  for (const { name, content } of files) body.append('file', new Blob([content]), name);
  const target = `http://127.0.0.1:${host.server.port}/chats/local%3Amain/files`;
  return fetch(target, { method: 'POST', headers: own(), body });
}

test('a file name leads nowhere else, and what is too much is refused whole', async () => {
  const names = ['../../../etc/passwd', '..\\..\\boot.ini', '.env', '\u202egnp.exe'];
  expect((await upload(names.map((name) => ({ name, content: 'x' })))).status).toBe(202);
  const kept = host.received[0]?.attachments?.map(({ name }) => name);
  expect(kept).toEqual(['passwd', 'boot.ini', 'env', 'gnp.exe']);

  host.received.length = 0;
  const many = Array.from({ length: 21 }, (_, index) => ({ name: `${index}`, content: 'x' }));
  expect((await upload(many)).status).toBe(400);
  expect((await upload([], 'no file')).status).toBe(400);
  expect((await upload([{ name: 'big', content: 'x'.repeat(26 * 2 ** 20) }])).status).toBe(413);
  expect(host.received).toEqual([]);
});
