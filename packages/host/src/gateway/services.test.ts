import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { aGateway, type GatewayUnderTest, SERVICE_CERTIFICATE } from '@nanoclaw/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

const SECRET = 'Bearer the-owners-token';

let service: Server;
let handler: (request: IncomingMessage, response: ServerResponse) => void;
let under: GatewayUnderTest;

beforeAll(async () => {
  service = createServer(SERVICE_CERTIFICATE, (request, response) => handler(request, response));
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
});
afterAll(() => void service.close());

beforeEach(async () => {
  handler = (request, response) => response.end(JSON.stringify(request.headers));
  under = await aGateway();
  under.refuse(() => 'the policy says no');
});
afterEach(() => under.end());

async function restart(options: { trusts?: boolean; isAllowed?: (address: string) => boolean } = {}): Promise<void> {
  const { port } = service.address() as AddressInfo;
  const rule = {
    name: 'Test',
    port,
    paths: ['/v1/'],
    methods: ['GET', 'POST'],
    header: 'authorization',
    value: SECRET,
    ask: false,
  };
  await under.restart({
    dial: {
      isAllowed: options.isAllowed ?? (() => true),
      resolve: async () => [{ address: '127.0.0.1', family: 4 }],
      ...(options.trusts === false ? {} : { authorities: [SERVICE_CERTIFICATE.cert] }),
    },
    services: { rules: { services: [{ ...rule, host: 'service.test', groups: ['main'] }] } },
  });
}

const ask = (path = 'http://service.test/v1/me', headers: Record<string, string> = {}, method = 'GET') =>
  under.send({ method, path, headers: { 'proxy-authorization': `Bearer ${under.token}`, ...headers } });

test('a service gets the credential of the owner over TLS, and the agent does not see it even when it is said back', async () => {
  await restart();
  let seen: IncomingMessage | undefined;
  handler = (request, response) => {
    seen = request;
    response.setHeader('x-said-back', String(request.headers.authorization));
    response.end(`you are ${request.headers.authorization}`);
  };
  const answer = await ask();

  expect(answer).toMatchObject({ status: 200, body: `you are ${'*'.repeat(SECRET.length)}` });
  expect(JSON.stringify(answer.headers)).not.toContain('the-owners-token');
  expect(seen?.headers).toMatchObject({ authorization: SECRET, 'accept-encoding': 'identity' });
  expect(seen?.headers.host).toContain('service.test');
  expect(seen?.headers['proxy-authorization']).toBeUndefined();
  expect(under.reports).toEqual([expect.objectContaining({ service: 'Test', outcome: { address: '127.0.0.1' } })]);
});

test('the token is struck out without its scheme, too', async () => {
  await restart();
  handler = (request, response) =>
    response.end(JSON.stringify({ token: request.headers.authorization?.split(' ')[1] }));

  expect((await ask()).body).toBe(JSON.stringify({ token: '*'.repeat('the-owners-token'.length) }));
});

test('no session of the service is handed out, and none is taken; nor is what would make another request', async () => {
  await restart();
  handler = (request, response) => {
    response.setHeader('set-cookie', ['session=1', 'other=2']);
    response.end(JSON.stringify(request.headers));
  };
  const answer = await ask(undefined, {
    cookie: 'session=9',
    'x-http-method-override': 'DELETE',
    'x-original-url': '/v2/',
    'x-harmless': 'yes',
  });

  expect(answer.headers['set-cookie']).toBeUndefined();
  const seen = JSON.parse(answer.body);
  expect(seen).toMatchObject({ 'x-harmless': 'yes' });
  for (const name of ['cookie', 'x-http-method-override', 'x-original-url']) expect(seen[name]).toBeUndefined();
});

test('what the sandbox says in that header does not arrive', async () => {
  await restart();
  const { body } = await ask(undefined, { authorization: 'Bearer mine', Authorization: 'Bearer also-mine' });

  expect(body).not.toContain('mine');
});

test('a body goes along, with POST and in pieces', async () => {
  await restart();
  let body = '';
  handler = (request, response) => {
    request.on('data', (chunk) => (body += chunk)).on('end', () => response.end('ok'));
  };
  const sent = await under.send({
    method: 'POST',
    path: 'http://service.test/v1/me',
    headers: { 'proxy-authorization': `Bearer ${under.token}`, 'transfer-encoding': 'chunked' },
    body: '{"a":1}',
  });

  expect([sent.body, body]).toEqual(['ok', '{"a":1}']);
});

test.each([
  ['another path', 'http://service.test/v2/', 'GET', 'is for GET|POST /v1/ only'],
  ['a path that leaves it', 'http://service.test/v1/../v2/', 'GET', 'no dot segments'],
  ['another method', 'http://service.test/v1/me', 'DELETE', 'is for GET|POST /v1/ only'],
  ['another port', 'http://service.test:8080/v1/me', 'GET', 'the policy says no'],
  ['another host', 'http://other.test/v1/me', 'GET', 'the policy says no'],
])('%s is refused with the reason, and told', async (_, path, method, why) => {
  await restart();
  expect(await ask(path, {}, method)).toMatchObject({ status: 403, body: expect.stringContaining(why) });
  expect(under.reports).toEqual([expect.objectContaining({ outcome: { refused: expect.stringContaining(why) } })]);
});

test('a stranger, a service that is not who it says, one that is not on the internet: nobody gets the credential', async () => {
  let asked = 0;
  handler = (_, response) => {
    asked += 1;
    response.end();
  };
  await restart();
  expect(await ask(undefined, { 'proxy-authorization': `Bearer ${'0'.repeat(32)}` })).toMatchObject({ status: 407 });
  await restart({ trusts: false });
  expect(await ask()).toMatchObject({ status: 502 });
  await restart({ isAllowed: () => false });
  expect(await ask()).toMatchObject({ status: 403, body: expect.stringContaining('not on the public internet') });
  expect(asked).toBe(0);
});

test('an answer that is compressed, though it was not to be, does not pass: the credential may be in it', async () => {
  await restart();
  handler = (request, response) => {
    response.setHeader('content-encoding', 'gzip');
    response.end(gzipSync(String(request.headers.authorization)));
  };
  expect(await ask()).toMatchObject({ status: 502 });
});
