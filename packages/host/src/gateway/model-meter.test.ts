import { request as httpRequest } from 'node:http';
import { aGateway, type GatewayUnderTest, until } from '@nanoclaw/testkit';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createModelMeter } from './model-meter.ts';

const STREAM = 'text/event-stream; charset=utf-8';
const START = {
  type: 'message_start',
  message: {
    model: 'claude-opus-4-6',
    usage: { input_tokens: 10, output_tokens: 1, cache_read_input_tokens: 200, cache_creation_input_tokens: 30 },
  },
};
const events = (...all: object[]): string =>
  all.map((event) => `event: x\ndata: ${JSON.stringify(event)}\n\n`).join('');
const text = (words: string): object => ({ type: 'content_block_delta', delta: { type: 'text_delta', text: words } });
const WHOLE = events(START, text('Grüße'), { type: 'message_delta', delta: {}, usage: { output_tokens: 44 } });
const COUNTED = {
  model: 'claude-opus-4-6',
  inputTokens: 10,
  outputTokens: 44,
  cacheReadTokens: 200,
  cacheWriteTokens: 30,
};

function meter(contentType: string, chunks: readonly Buffer[]) {
  const { stream, read } = createModelMeter(contentType);
  const passed: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => passed.push(chunk));
  for (const chunk of chunks) stream.write(chunk);
  return { metered: read(), passed: Buffer.concat(passed) };
}

describe('what an answer has cost', () => {
  test('is read from a stream however it is cut, and every byte passes (500 runs)', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 })), (cuts) => {
        const bytes = Buffer.from(WHOLE);
        const chunks: Buffer[] = [];
        let at = 0;
        for (const cut of cuts) {
          chunks.push(bytes.subarray(at, at + cut));
          at += cut;
        }
        chunks.push(bytes.subarray(at));
        const { metered, passed } = meter(STREAM, chunks);
        expect(metered).toEqual(COUNTED);
        expect(passed.equals(bytes)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('is read from a document', () => {
    const document = { ...START.message, usage: { ...START.message.usage, output_tokens: 44 } };
    expect(meter('application/json', [Buffer.from(JSON.stringify(document))]).metered).toEqual(COUNTED);
  });

  test('is estimated from what has come when a stream breaks off', () => {
    const { metered } = meter(STREAM, [Buffer.from(events(START, text('x'.repeat(300))))]);
    expect(metered).toEqual({ ...COUNTED, outputTokens: 100 });
  });

  test.each([
    ['an error', 'application/json', '{"type":"error","error":{"type":"overloaded_error"}}'],
    ['a page', 'text/html', '<html>'],
    ['rubbish in a stream', STREAM, 'data: {not json}\n\ndata: 5\n\n: comment\n\n'],
  ])('is nothing for %s', (_, type, body) => {
    expect(meter(type, [Buffer.from(body)]).metered).toBeUndefined();
  });

  test('numbers that are none are taken for none, and the rest is read (1,000 runs)', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (usage, delta) => {
        const hostile = events({ type: 'message_start', message: { usage } }, { type: 'message_delta', usage, delta });
        expect(() => meter(STREAM, [Buffer.from(hostile)])).not.toThrow();
        expect(meter(STREAM, [Buffer.from(hostile + WHOLE)]).metered).toMatchObject({ outputTokens: 44 });
      }),
      { numRuns: 1_000 },
    );
  });

  test('a line without end is not kept', async () => {
    const { stream, read } = createModelMeter(STREAM);
    stream.resume();
    const before = process.memoryUsage().heapUsed;
    for (let mebibytes = 0; mebibytes < 64; mebibytes++) stream.write(Buffer.alloc(1024 * 1024, 'x'));
    await new Promise((resolve) => stream.write(`\n${WHOLE}`, resolve));
    expect(read()).toEqual(COUNTED);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * 1024 * 1024);
  });
});

describe('the gateway', () => {
  let under: GatewayUnderTest;
  beforeEach(async () => {
    under = await aGateway();
  });
  afterEach(() => under.end());
  const answerWith = (body: string): void => {
    under.answerWith((_, response) => {
      response.writeHead(200, { 'content-type': STREAM });
      response.end(body);
    });
  };

  test('tells every request that is paid for, with whose it was', async () => {
    answerWith(WHOLE);
    await under.send();
    await under.send({ path: '/v1/messages/count_tokens' });
    await under.send({ method: 'GET', path: '/v1/models' });
    await until('it is told', () => under.metered.length > 0);

    expect(under.metered).toEqual([{ ...COUNTED, groupFolder: 'main', runId: 'run-1', status: 200 }]);
    expect(under.seen[0]?.headers['accept-encoding']).toBe('identity');
  });

  test('tells what has come when the client goes away in the middle', async () => {
    under.answerWith((_, response) => {
      response.writeHead(200, { 'content-type': STREAM });
      response.write(events(START, text('x'.repeat(300))));
    });
    const response = await under.open();
    await new Promise((resolve) => response.once('data', resolve));
    response.destroy();
    await until('it is told', () => under.metered.length > 0);

    expect(under.metered).toEqual([expect.objectContaining({ inputTokens: 10, outputTokens: 100 })]);
  });

  test('estimates a request whose client leaves before there is an answer', async () => {
    let isAsked = false;
    under.answerWith(() => {
      isAsked = true;
    });
    const headers = { 'x-api-key': under.token, 'content-length': '30000' };
    const asked = httpRequest({
      socketPath: under.socketPath,
      method: 'POST',
      path: '/v1/messages',
      headers,
      agent: false,
    });
    asked.on('error', () => undefined).end('x'.repeat(30_000));
    await until('the service was asked', () => isAsked && under.seen[0]?.body.length === 30_000);
    asked.destroy();
    await until('it is told', () => under.metered.length > 0);

    const [told] = under.metered;
    expect(told).toMatchObject({ groupFolder: 'main', model: '', status: 0, outputTokens: 0 });
    expect(told?.inputTokens).toBeGreaterThanOrEqual(10_000);
  });

  test('counts nothing where the service was not there', async () => {
    await under.restart({ base: 'http://127.0.0.1:9' });
    expect((await under.send()).status).toBe(502);
    expect(under.metered).toEqual([]);
  });

  test('lets nothing more through that is paid for when all is spent, in words that the client understands', async () => {
    under.spend('main');
    const { status, body } = await under.send();

    expect(status).toBe(402);
    expect(JSON.parse(body)).toMatchObject({
      error: { type: 'billing_error', message: expect.stringContaining('today') },
    });
    expect((await under.send({ path: '/v1/messages/count_tokens' })).status).toBe(200);
    expect(under.seen).toHaveLength(1);
  });
});
