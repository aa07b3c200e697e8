import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { listenPracticeModel, type PortListener } from './listen.ts';

let server: PortListener;

beforeEach(async () => {
  server = await listenPracticeModel({ port: 0 });
});

afterEach(async () => {
  await server.close();
});

function ask(said: string, more: object = {}, signal?: AbortSignal): Promise<Response> {
  const messages = [{ role: 'user', content: said }];
  const body = JSON.stringify({
    model: 'm',
    max_tokens: 9,
    stream: true,
    messages,
    tools: [{ name: 'Bash' }],
    ...more,
  });
  return fetch(`${server.url}/v1/messages?beta=true`, {
    method: 'POST',
    body,
    ...(signal === undefined ? {} : { signal }),
  });
}

function eventsIn(text: string): unknown[] {
  const lines = text.split('\n').filter((line) => line.startsWith('data: '));
  return lines.map((line) => JSON.parse(line.replace('data: ', '')) as unknown);
}

test.each([
  [401, 'authentication_error'],
  [429, 'rate_limit_error'],
  [500, 'api_error'],
  [529, 'overloaded_error'],
])('a scripted status %i has the body of the API', async (status, type) => {
  server.model.enqueue({ kind: 'status', status, retryAfterSeconds: 7 });
  const response = await ask('x');

  expect(response.status).toBe(status);
  expect(response.headers.get('retry-after')).toBe('7');
  expect(await response.json()).toMatchObject({ type: 'error', error: { type } });
  expect((await ask('x')).status).toBe(200);
});

test('a cut stream shows its text and then loses the connection', async () => {
  server.model.enqueue({ kind: 'cut', text: 'half of' });
  const seen: string[] = [];
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of (await ask('x')).body!) seen.push(decoder.decode(chunk as Uint8Array, { stream: true }));
  })();

  await expect(reading).rejects.toThrow();
  expect(seen.join('')).toContain('content_block_delta');
  expect(seen.join('')).not.toContain('message_stop');
  expect(server.model.requests.at(-1)?.finished).toBe('broken');
});

test('a malformed stream ends with a line that is not JSON', async () => {
  server.model.enqueue({ kind: 'malformed', text: (request) => `for ${request.model}` });
  const text = await (await ask('x')).text();

  expect(text).toContain('"text":"f"');
  expect(() => eventsIn(text)).toThrow(SyntaxError);
});

test.each([true, false])('a malformed or cut answer is broken for a request with stream: %s', async (stream) => {
  server.model.enqueue({ kind: 'malformed' }, { kind: 'cut' });
  const malformed = await ask('x', { stream });
  const broken = malformed.text().then((text) => (stream ? eventsIn(text) : (JSON.parse(text) as unknown)));

  await expect(broken).rejects.toThrow(SyntaxError);
  await expect(ask('x', { stream }).then((response) => response.text())).rejects.toThrow();
});

test('a stalled answer lasts until the client leaves', async () => {
  server.model.enqueue({ kind: 'stall', text: 'wait' });
  const client = new AbortController();
  const response = await ask('x', {}, client.signal);
  expect(server.model.requests[0]?.finished).toBe('pending');
  client.abort();

  await expect(response.text()).rejects.toThrow();
  await vi.waitUntil(() => server.model.requests[0]?.finished === 'abandoned');
});

test('closing ends an answer that is still being given', async () => {
  server.model.enqueue({ kind: 'text', text: 'a b c', chunks: 3, delayMs: 60_000 });
  const response = await ask('x');
  await server.close();

  await expect(response.text()).rejects.toThrow();
  await vi.waitUntil(() => server.model.requests[0]?.finished === 'abandoned');
});

test('a script step that throws is answered with an error, not with a crash', async () => {
  server.model.enqueue({
    kind: 'text',
    text: () => {
      throw new Error('no words');
    },
  });
  const response = await ask('x');

  expect(response.status).toBe(500);
  expect(await response.json()).toMatchObject({ error: { message: 'no words' } });
});
