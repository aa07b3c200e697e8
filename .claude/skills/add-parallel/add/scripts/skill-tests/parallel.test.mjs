import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, beforeEach, test } from 'node:test';

const SCRIPT = join(import.meta.dirname, '../../container/skills/parallel/scripts/parallel.mjs');
const ENVIRONMENT = () => ({ PARALLEL_API: root });

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

test('a search gives pages with excerpts', async () => {
  answer = () => ({ body: { results: [{ url: 'https://x.test', title: 'X', excerpts: ['yes'], score: 1 }] } });
  assert.deepEqual(JSON.parse((await run('search', 'is it so', 'so')).stdout), [
    { url: 'https://x.test', title: 'X', excerpts: ['yes'] },
  ]);
  assert.deepEqual(JSON.parse(seen[0].body), { objective: 'is it so', search_queries: ['so'], max_results: 8 });
});

test('research is begun, not ready, and ready', async () => {
  answer = () => ({ body: { run_id: 'run-1', status: 'queued' } });
  assert.deepEqual(JSON.parse((await run('research', 'why')).stdout), { id: 'run-1', status: 'queued' });
  answer = () => ({ body: { status: 'running' } });
  assert.deepEqual(JSON.parse((await run('result', 'run-1')).stdout), { id: 'run-1', status: 'running' });
  answer = (_, url) => ({
    body: url.endsWith('/result') ? { output: { content: 'because' } } : { status: 'completed' },
  });
  assert.deepEqual(JSON.parse((await run('result', 'run-1')).stdout).output, { content: 'because' });
});

test('refusals are said, and a wrong id asks nobody', async () => {
  answer = () => ({ status: 402, body: 'spent' });
  assert.match((await run('search', 'x')).stderr, /402 spent/);
  seen = [];
  assert.match((await run('result', '../x')).stderr, /no id/);
  assert.deepEqual(seen, []);
});
