import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, beforeEach, test } from 'node:test';

const SCRIPT = join(import.meta.dirname, '../../container/skills/home-assistant/scripts/home.mjs');
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

const light = { entity_id: 'light.kitchen', state: 'on', attributes: { friendly_name: 'Kitchen' } };

test('states are filtered by their beginning', async () => {
  answer = () => ({ body: [light, { entity_id: 'sensor.x', state: '20', attributes: { unit_of_measurement: '°C' } }] });
  assert.deepEqual(JSON.parse((await run(root, 'states', 'light.')).stdout), [
    { entity: 'light.kitchen', name: 'Kitchen', state: 'on' },
  ]);
  assert.equal(seen[0].url, '/api/states');
});

test('a service is called with what was given, and tells what has changed', async () => {
  answer = () => ({ body: [{ ...light, state: 'off' }] });
  const { stdout } = await run(root, 'call', 'light.turn_off', '{"entity_id":"light.kitchen"}');
  assert.deepEqual(JSON.parse(stdout), [{ entity: 'light.kitchen', state: 'off' }]);
  assert.deepEqual(
    [seen[0].method, seen[0].url, seen[0].body],
    ['POST', '/api/services/light/turn_off', '{"entity_id":"light.kitchen"}'],
  );
});

test('a refusal is said, and nonsense asks nobody', async () => {
  answer = () => ({ status: 403, body: 'the credential is for other paths' });
  assert.match((await run(root, 'call', 'lock.unlock')).stderr, /403 the credential is for other paths/);
  seen = [];
  assert.match((await run(root, 'call', '../config', '{}')).stderr, /no DOMAIN.SERVICE/);
  assert.match((await run(root, 'call', 'light.turn_on', '{')).stderr, /no JSON/);
  assert.equal((await run('https://x/y', 'states')).code, 2);
  assert.deepEqual(seen, []);
});
