import { aGateway, GATEWAY_KEY, type GatewayUnderTest } from '@nanoclaw/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ModelCredential } from '../config/config.ts';

let under: GatewayUnderTest;
beforeEach(async () => {
  under = await aGateway();
});
afterEach(() => under.end());

const errorType = ({ body }: { body: string }): string => (JSON.parse(body) as { error: { type: string } }).error.type;

describe('the credential', () => {
  test.each<[string, ModelCredential, Record<string, string | undefined>]>([
    [
      'an API key',
      { scheme: 'api-key', secret: GATEWAY_KEY, variable: 'ANTHROPIC_API_KEY' },
      { 'x-api-key': GATEWAY_KEY, authorization: undefined },
    ],
    [
      'a subscription',
      { scheme: 'oauth', secret: GATEWAY_KEY, variable: 'CLAUDE_CODE_OAUTH_TOKEN' },
      { 'x-api-key': undefined, authorization: `Bearer ${GATEWAY_KEY}` },
    ],
    [
      'a bearer token',
      { scheme: 'auth-token', secret: GATEWAY_KEY, variable: 'ANTHROPIC_AUTH_TOKEN' },
      { 'x-api-key': undefined, authorization: `Bearer ${GATEWAY_KEY}` },
    ],
    ['the practice model', { scheme: 'none' }, { 'x-api-key': undefined, authorization: undefined }],
  ])('of %s takes the place of the token, however that was sent', async (_, credential, expected) => {
    await under.restart({ credential });

    for (const headers of [
      { 'x-api-key': under.token },
      { authorization: `Bearer ${under.token}` },
      { 'x-api-key': `sk-ant-${under.token}` },
    ]) {
      expect(await under.send({ headers: { ...headers, cookie: under.token } })).toMatchObject({ status: 200 });
    }

    expect(under.seen).toHaveLength(3);
    for (const { headers } of under.seen) {
      expect({ 'x-api-key': headers['x-api-key'], authorization: headers.authorization }).toEqual(expected);
      expect(JSON.stringify(headers)).not.toContain(under.token);
    }
  });

  test.each([{}, { 'x-api-key': 'f'.repeat(32) }, { authorization: 'Bearer ' }, { 'x-api-key': GATEWAY_KEY }])(
    'is not given for %j',
    async (headers) => {
      const answer = await under.send({ headers: headers as Record<string, string> });

      expect(answer.status).toBe(401);
      expect(errorType(answer)).toBe('authentication_error');
      expect(under.seen).toEqual([]);
    },
  );

  test('is not given any more when the run has ended', async () => {
    expect((await under.send()).status).toBe(200);

    under.tokens.revoke(under.token);

    expect((await under.send()).status).toBe(401);
    expect(under.tokens.identify({ apiKey: under.token })).toBeUndefined();
  });
});

describe('the way out', () => {
  test.each([
    ['POST', '/v1/messages'],
    ['POST', '/v1/messages?beta=true'],
    ['POST', '/v1/messages/count_tokens'],
    ['GET', '/v1/models'],
    ['GET', '/v1/models/claude-opus-4-5?x=1'],
    ['HEAD', '/'],
  ])('is open for %s %s', async (method, path) => {
    expect((await under.send({ method, path })).status).toBe(200);

    expect(under.seen).toMatchObject([{ method, url: path }]);
  });

  test.each([
    ['POST', '/'],
    ['GET', '/'],
    ['POST', '/v1/files'],
    ['POST', '/v1/messages/batches'],
    ['POST', '/v1/messages/'],
    ['POST', '/v1/messages/../files'],
    ['POST', '/v1/../v1/messages'],
    ['POST', '/v1/%6dessages'],
    ['POST', '/v1/messages%2f..%2ffiles'],
    ['POST', '/v1\\messages'],
    ['POST', '//evil.example/v1/messages'],
    ['POST', '/v1/messages#/../files'],
    ['DELETE', '/v1/messages'],
    ['GET', '/v1/messages'],
    ['GET', '/v1/models/..'],
    ['POST', '/v1/models'],
    ['OPTIONS', '*'],
    ['POST', '/V1/messages'],
  ])('is closed for %s %s', async (method, path) => {
    const answer = await under.send({ method, path });

    expect(answer.status).toBe(403);
    expect(errorType(answer)).toBe('permission_error');
    expect(under.seen).toEqual([]);
  });

  test('takes a whole address for a request to another host, which a model client may not make', async () => {
    expect((await under.send({ path: 'http://evil.example/v1/messages' })).status).toBe(407);
    expect(under.seen).toEqual([]);
  });

  test('goes below the path of the configured address', async () => {
    await under.restart({ path: '/proxy/anthropic/' });

    await under.send({ path: '/v1/messages?beta=true' });

    expect(under.seen[0]!.url).toBe('/proxy/anthropic/v1/messages?beta=true');
  });

  test('leaves out what belongs to one connection, in both directions', async () => {
    under.answerWith((_, response) => {
      response.writeHead(200, {
        connection: 'x-mine',
        'x-mine': '1',
        'set-cookie': 'a=b',
        'keep-alive': 'timeout=9',
        'x-kept': '1',
      });
      response.end();
    });

    const headers = {
      'x-api-key': under.token,
      te: 'trailers',
      'proxy-authorization': 'x',
      connection: 'close, X-Hop',
      'x-hop': '1',
      'anthropic-beta': 'b',
      host: 'elsewhere',
    };
    const answer = await under.send({ headers });

    expect(under.seen[0]!.headers).toMatchObject({
      'anthropic-beta': 'b',
      host: expect.stringMatching(/^127\.0\.0\.1:/),
    });
    for (const name of ['te', 'proxy-authorization', 'x-hop']) expect(under.seen[0]!.headers[name]).toBeUndefined();
    expect(answer.headers['x-kept']).toBe('1');
    for (const name of ['x-mine', 'set-cookie']) expect(answer.headers[name]).toBeUndefined();
  });

  test('carries no second request in the body of one that has none', async () => {
    const smuggled = 'DELETE /v1/files/1 HTTP/1.1\r\nhost: x\r\n\r\n';
    const chunk = `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`;

    const answer = await under.exchange(
      `GET /v1/models HTTP/1.1\r\nhost: x\r\nx-api-key: ${under.token}\r\ntransfer-encoding: chunked\r\n\r\n${chunk}`,
    );

    expect(answer).toMatch(/^HTTP\/1\.1 200/);
    expect(under.seen.map(({ method, url, body }) => [method, url, body])).toEqual([['GET', '/v1/models', '']]);
  });
});
