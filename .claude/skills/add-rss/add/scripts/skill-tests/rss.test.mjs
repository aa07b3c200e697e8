import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, beforeEach, test } from 'node:test';

const SCRIPT = join(import.meta.dirname, '../../container/skills/rss/scripts/feeds.mjs');
const ENVIRONMENT = () => ({});

let server;
let root;
let seen = [];
let answer = () => ({});
before(async () => {
  server = createServer(async (request, response) => {
    const body = await text(request);
    seen.push({ method: request.method, url: request.url, headers: request.headers, body });
    const { status = 200, body: out = '' } = answer(request.method, request.url, body);
    response.writeHead(status, { connection: 'close' }).end(typeof out === 'string' ? out : JSON.stringify(out));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  root = `http://127.0.0.1:${server.address().port}`;
});
after(() => server.close());
beforeEach(() => {
  seen = [];
});

function run(...args) {
  return new Promise((resolve) => {
    const env = { ...process.env, http_proxy: '', HTTP_PROXY: '', NO_PROXY: '127.0.0.1', ...ENVIRONMENT() };
    execFile(process.execPath, [SCRIPT, ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';

const rss = (...numbers) =>
  `<?xml version="1.0"?><rss><channel><title>News &amp; more</title>${numbers
    .map(
      (n) =>
        `<item><title><![CDATA[Entry <b>${n}</b>]]></title><link>https://x.test/${n}?a=1&amp;b=2</link><guid>id-${n}</guid><pubDate>Thu, 05 Mar 2026</pubDate></item>`,
    )
    .join('')}</channel></rss>`;
const atom =
  '<feed xmlns="x"><title>Atom</title><entry><title>One &#8211; two</title><link rel="alternate" href="https://y.test/1"/><id>a1</id><updated>2026-03-05</updated></entry></feed>';
const lines = ({ stdout }) =>
  stdout
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

test('each entry is told once, and the first look tells the newest only', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'feeds-'));
  const before = process.cwd();
  process.chdir(folder);
  context.after(() => {
    process.chdir(before);
    rmSync(folder, { recursive: true, force: true });
  });
  answer = () => ({ body: rss(5, 4, 3, 2, 1) });
  assert.deepEqual(
    lines(await run('new', `${root}/feed`)).map(({ title }) => title),
    ['Entry 5', 'Entry 4', 'Entry 3'],
  );
  assert.deepEqual(lines(await run('new', `${root}/feed`)), []);
  answer = () => ({ body: rss(6, 5, 4) });
  assert.deepEqual(lines(await run('new', `${root}/feed`)), [
    { feed: 'News & more', title: 'Entry 6', link: 'https://x.test/6?a=1&b=2', date: 'Thu, 05 Mar 2026' },
  ]);
});

test('Atom is read too, and what is no feed, or is not there, is said', async () => {
  answer = () => ({ body: atom });
  assert.deepEqual(lines(await run('list', `${root}/atom`)), [
    { feed: 'Atom', title: 'One – two', link: 'https://y.test/1', date: '2026-03-05' },
  ]);
  answer = () => ({ body: '<html></html>' });
  assert.match((await run('list', `${root}/page`)).stderr, /this is no feed/);
  answer = () => ({ status: 404 });
  assert.equal((await run('list', `${root}/gone`)).code, 1);
  assert.equal((await run('other')).code, 2);
});
