import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, beforeEach, test } from 'node:test';

const SCRIPT = join(import.meta.dirname, '../../container/skills/github/scripts/github.mjs');
const ENVIRONMENT = () => ({ GITHUB_API: root });

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

const issue = {
  number: 7,
  title: 'It leaks',
  state: 'open',
  user: { login: 'ann' },
  labels: [{ name: 'bug' }],
  updated_at: 'now',
  body: 'the tap',
  html_url: 'https://github.test/7',
};

test('issues are listed, and one is shown with its comments', async () => {
  answer = (_, url) => ({
    body: url.includes('/comments')
      ? [{ user: { login: 'bob' }, created_at: 'later', body: 'yes' }]
      : url.includes('/issues/7')
        ? issue
        : [issue, { ...issue, pull_request: {} }],
  });
  const listed = JSON.parse((await run('issues', 'ann/site', 'all')).stdout);
  assert.deepEqual(
    listed.map(({ kind }) => kind),
    ['issue', 'pull request'],
  );
  assert.equal(seen[0].url, '/repos/ann/site/issues?state=all&per_page=50');
  assert.equal(seen[0].headers.accept, 'application/vnd.github+json');
  const shown = JSON.parse((await run('show', 'ann/site#7')).stdout);
  assert.deepEqual(shown.comments, [{ by: 'bob', at: 'later', text: 'yes' }]);
});

test('an issue is closed, and no request carries a credential', async () => {
  answer = () => ({ body: issue });
  assert.deepEqual(JSON.parse((await run('close', 'ann/site#7')).stdout), { number: 7, url: 'https://github.test/7' });
  assert.deepEqual(
    [seen[0].method, seen[0].url, seen[0].body],
    ['PATCH', '/repos/ann/site/issues/7', '{"state":"closed"}'],
  );
  assert.equal(seen[0].headers.authorization, undefined);
});

test('what is refused is said in the service’s words, and a wrong name asks nobody', async () => {
  answer = () => ({ status: 403, body: { message: 'the owner may not' } });
  const { code, stderr } = await run('notifications');
  assert.equal(code, 1);
  assert.match(stderr, /403.*the owner may not/);
  seen = [];
  assert.match((await run('issues', '../etc')).stderr, /no OWNER\/REPO/);
  assert.deepEqual(seen, []);
});
