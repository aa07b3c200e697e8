import { connect } from 'node:net';
import { aGateway, type GatewayUnderTest } from '@nanoclaw/testkit';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isAllowedTarget } from './model-route.ts';

let under: GatewayUnderTest;
beforeEach(async () => {
  under = await aGateway();
  under.refuse(() => 'nothing is reachable in this test');
});
afterEach(() => under.end());

const method = fc.constantFrom('GET', 'POST', 'HEAD', 'PUT', 'CONNECT', 'OPTIONS', 'get', 'TRACE');
const part = fc.constantFrom(
  'v1',
  'messages',
  'models',
  '..',
  '.',
  '%2e%2e',
  '',
  'count_tokens',
  '?',
  '#',
  '@evil',
  ':80',
  '\\',
  '%00',
  'a b',
  '\t',
  'é',
);
const target = fc.oneof(
  fc.array(part, { maxLength: 6 }).map((parts) => `/${parts.join('/')}`),
  fc.array(part, { maxLength: 4 }).map((parts) => `http://127.0.0.1/${parts.join('/')}`),
  fc.string({ maxLength: 30 }),
);

test('a target that is let through is one of the model API for every reader of addresses (10,000 runs)', () => {
  fc.assert(
    fc.property(method, target, (asked, text) => {
      if (!isAllowedTarget(asked, text)) return;
      const { pathname, host } = new URL(text, 'http://model.service');
      expect(host).toBe('model.service');
      expect(decodeURIComponent(pathname)).toMatch(/^\/(v1\/(messages(\/count_tokens)?|models(\/[A-Za-z0-9._-]+)?))?$/);
    }),
    { numRuns: 10_000 },
  );
});

test('bytes of any kind in the place of a request do not stop the gateway, and none gets past its rules (400 runs)', async () => {
  const header = fc.oneof(
    fc.constantFrom(
      'host: x',
      'transfer-encoding: chunked',
      'content-length: 5',
      'content-length: -1',
      'connection: close',
      'expect: 100-continue',
      'upgrade: h2c',
      'x'.repeat(70_000),
    ),
    fc.constant('x-api-key: TOKEN'),
    fc.constant('proxy-authorization: Bearer TOKEN'),
    fc.string({ maxLength: 40 }),
  );
  const request = fc
    .tuple(
      method,
      target,
      fc.constantFrom('HTTP/1.1', 'HTTP/1.0', 'HTTP/2', 'X'),
      fc.array(header, { maxLength: 5 }),
      fc.string({ maxLength: 40 }),
    )
    .map(
      ([verb, where, version, headers, body]) =>
        `${verb} ${where} ${version}\r\n${headers.join('\r\n')}\r\n\r\n${body}`,
    );
  const bytes = fc.oneof({ weight: 4, arbitrary: request }, fc.string({ unit: 'binary', maxLength: 200 }));
  await fc.assert(
    fc.asyncProperty(bytes, async (text) => {
      await throwAt(under.socketPath, text.replaceAll('TOKEN', under.token));
    }),
    { numRuns: 400 },
  );

  for (const { method: asked, url } of under.seen) expect(isAllowedTarget(asked, url)).toBe(true);
  for (const { outcome } of under.reports) expect(outcome).toHaveProperty('refused');
  expect(await under.send()).toMatchObject({ status: 200 });
}, 120_000);

/** Sends bytes, half-closes, and waits until the other side has had enough. */
function throwAt(socketPath: string, text: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(socketPath, () => socket.end(text));
    socket.resume();
    socket.setTimeout(300, () => socket.destroy());
    socket.on('error', () => undefined).on('close', () => resolve());
  });
}
