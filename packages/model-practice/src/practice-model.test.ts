import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { listenPracticeModel, type PortListener } from './listen.ts';
import { createPracticeModel, maxBodyBytes } from './practice-model.ts';
import { maxKeptRequests } from './request-log.ts';

type Event = { type: string; [field: string]: unknown };

let server: PortListener;

beforeEach(async () => {
  server = await listenPracticeModel({ port: 0 });
});

afterEach(async () => {
  await server.close();
});

function ask(said: string, more: object = {}): Promise<Response> {
  const messages = [{ role: 'user', content: said }];
  const body = JSON.stringify({
    model: 'm',
    max_tokens: 9,
    stream: true,
    messages,
    tools: [{ name: 'Bash' }],
    ...more,
  });
  return fetch(`${server.url}/v1/messages?beta=true`, { method: 'POST', body });
}

function eventsIn(text: string): Event[] {
  return text
    .split('\n\n')
    .filter((part) => part.startsWith('event: '))
    .map((part) => {
      const [first = '', second = ''] = part.split('\n');
      const event = JSON.parse(second.replace('data: ', '')) as Event;
      expect(first).toBe(`event: ${event.type}`);
      return event;
    });
}

test('streams the events of a text in the order of the API, in several pieces', async () => {
  const response = await ask('the sky is blue');
  const events = eventsIn(await response.text());

  expect(response.headers.get('content-type')).toContain('text/event-stream');
  const types = events.map((event) => event.type);
  expect(types.slice(0, 3)).toEqual(['message_start', 'content_block_start', 'ping']);
  expect(types.filter((type) => type === 'content_block_delta').length).toBeGreaterThan(2);
  expect(types.slice(-3)).toEqual(['content_block_stop', 'message_delta', 'message_stop']);
  expect(events.at(-2)).toMatchObject({
    delta: { stop_reason: 'end_turn' },
    usage: { output_tokens: expect.any(Number) },
  });
});

test('streams parallel tool calls as blocks whose pieces are the JSON of the input', async () => {
  const calls = [1, 2].map((n) => ({ name: 'Bash', input: { command: `echo ${n}` } }));
  server.model.enqueue({ kind: 'tools', text: 'Two at once.', calls });

  const events = eventsIn(await (await ask('go')).text());

  const starts = events.filter((event) => event.type === 'content_block_start');
  expect(starts.map((event) => event['index'])).toEqual([0, 1, 2]);
  expect(new Set(starts.map((event) => (event['content_block'] as { id?: string }).id)).size).toBe(3);
  const json = events
    .filter((event) => event.type === 'content_block_delta' && event['index'] === 2)
    .map((event) => (event['delta'] as { partial_json: string }).partial_json);
  expect(JSON.parse(json.join(''))).toEqual({ command: 'echo 2' });
  expect(events.at(-2)).toMatchObject({ delta: { stop_reason: 'tool_use' } });
});

test('answers whole when no stream is asked for', async () => {
  const text = await (await ask('the sky is blue', { stream: false })).json();
  server.model.enqueue({ kind: 'tools', calls: [{ name: 'Bash', input: { command: 'ls' } }] });
  const tools = await (await ask('go', { stream: false })).json();

  expect(text).toMatchObject({ type: 'message', stop_reason: 'end_turn', content: [{ type: 'text' }] });
  expect(tools).toMatchObject({ stop_reason: 'tool_use', content: [{ name: 'Bash', input: { command: 'ls' } }] });
});

test('counts tokens and answers a greeting on the root', async () => {
  const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'x'.repeat(400) }] });
  const counted = await fetch(`${server.url}/v1/messages/count_tokens`, { method: 'POST', body });
  const root = await fetch(server.url, { method: 'HEAD' });

  expect(((await counted.json()) as { input_tokens: number }).input_tokens).toBe(Math.ceil(body.length / 4));
  expect(root.status).toBe(200);
});

test.each([
  ['/v1/messages', 'POST', '{oops', 400, 'invalid_request_error'],
  ['/v1/messages', 'POST', '{"model":"m","messages":[]}', 400, 'invalid_request_error'],
  ['/v1/complete', 'POST', '{}', 404, 'not_found_error'],
  ['/v1/messages', 'PUT', '{}', 404, 'not_found_error'],
])('%s %s refuses %s with %i', async (path, method, body, status, type) => {
  const response = await fetch(`${server.url}${path}`, { method, body });

  expect(response.status).toBe(status);
  expect(await response.json()).toEqual({ type: 'error', error: { type, message: expect.any(String) } });
});

test('a body over the limit is refused from its announced length alone', async () => {
  const status = await new Promise((resolve, reject) => {
    const headers = { 'content-length': maxBodyBytes + 1 };
    const req = httpRequest(`${server.url}/v1/messages`, { method: 'POST', headers }, (res) => {
      resolve(res.statusCode);
      req.destroy();
    });
    req.on('error', reject);
    req.write('{');
  });

  expect(status).toBe(413);
});

test('a body over the limit of which the length is not announced is refused too', async () => {
  const piece = Buffer.alloc(1024 * 1024, 'x');
  const status = await new Promise((resolve, reject) => {
    const req = httpRequest(`${server.url}/v1/messages`, { method: 'POST' }, (res) => {
      resolve(res.statusCode);
      req.destroy();
    });
    req.on('error', reject);
    const send = (left: number): void => {
      if (left > 0 && !req.destroyed) req.write(piece, () => send(left - 1));
    };
    send(maxBodyBytes / piece.length + 1);
  });

  expect(status).toBe(413);
});

test('records what arrived and how it ended', async () => {
  const model = createPracticeModel({ now: () => 42 });
  const other = await listenPracticeModel({ port: 0 }, model);
  const body = JSON.stringify({ model: 'm', stream: true, messages: [{ role: 'user', content: 'é' }] });
  await (
    await fetch(`${other.url}/v1/messages?beta=true`, { method: 'POST', headers: { 'X-Api-Key': 'x' }, body })
  ).text();
  await vi.waitUntil(() => model.requests[0]?.finished === 'answered');

  expect(model.requests).toHaveLength(1);
  expect(model.requests[0]).toMatchObject({
    method: 'POST',
    path: '/v1/messages',
    headers: { 'x-api-key': 'x' },
    body: JSON.parse(body) as object,
    request: { model: 'm', stream: true },
    bytes: Buffer.byteLength(body),
    receivedAtMs: 42,
  });
  model.clear();
  expect(model.requests).toHaveLength(0);
  await other.close();
});

test('forgets the oldest requests beyond the limit', async () => {
  for (let n = 0; n < maxKeptRequests + 1; n += 1) await fetch(`${server.url}/?n=${n}`, { method: 'HEAD' });
  await fetch(`${server.url}/newest`);

  expect(server.model.requests).toHaveLength(maxKeptRequests);
  expect(server.model.requests.at(-1)?.path).toBe('/newest');
});

test('serves a Unix socket', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'practice-'));
  const socketPath = join(folder, 'model.sock');
  const listener = await listenPracticeModel({ socketPath });
  const status = await new Promise((resolve, reject) => {
    httpRequest({ socketPath, path: '/' }, (res) => resolve(res.resume().statusCode))
      .on('error', reject)
      .end();
  });
  await expect(listenPracticeModel({ socketPath })).rejects.toThrow(/cannot listen on/);
  await listener.close();
  await rm(folder, { recursive: true });

  expect(status).toBe(200);
});

const block = fc.record({
  type: fc.constantFrom('text', 'tool_use', 'tool_result', 'x'),
  text: fc.string(),
  id: fc.string(),
  name: fc.string(),
  tool_use_id: fc.string(),
  content: fc.string(),
});
const message = fc.record({
  role: fc.constantFrom('user', 'assistant', 'system'),
  content: fc.oneof(fc.string(), fc.array(block)),
});
const rightRequest = fc.record({
  model: fc.constant('m'),
  stream: fc.boolean(),
  messages: fc.array(message, { minLength: 1 }),
});
const wrongRequest = fc.record({
  model: fc.jsonValue(),
  system: fc.jsonValue(),
  messages: fc.array(fc.oneof(message, fc.jsonValue())),
});

test('any JSON gets an answer or a refusal, never a crash', async () => {
  const statuses = new Set<number>();
  await fc.assert(
    fc.asyncProperty(fc.oneof(rightRequest, wrongRequest, fc.jsonValue()), async (body) => {
      const response = await fetch(`${server.url}/v1/messages`, { method: 'POST', body: JSON.stringify(body) });
      await response.text();
      statuses.add(response.status);
      expect([200, 400]).toContain(response.status);
    }),
    { numRuns: 300 },
  );
  expect([...statuses].sort()).toEqual([200, 400]);
});
