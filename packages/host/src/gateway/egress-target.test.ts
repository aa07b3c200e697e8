import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAuthority, parseHttpTarget } from './egress-target.ts';

describe('the target of a tunnel', () => {
  test.each([
    ['example.com:443', { host: 'example.com', port: 443 }],
    ['EXAMPLE.com.:443', { host: 'example.com', port: 443 }],
    ['8.8.8.8:53', { host: '8.8.8.8', port: 53 }],
    ['[2606:4700::1]:443', { host: '2606:4700::1', port: 443 }],
    ['_service.example.com:1', { host: '_service.example.com', port: 1 }],
  ])('%s', (text, target) => {
    expect(parseAuthority(text)).toEqual(target);
  });

  test.each([
    ...['', 'example.com', ':443', 'example.com:', 'example.com:0', 'example.com:65536', 'example.com:443:1'],
    ...['a b:443', 'ex\u0000ample.com:1', 'user@example.com:443', 'http://example.com:443', '/etc/hosts:1', '::1:443'],
    ...[
      '[::1:443',
      '[example.com]:443',
      '[fe80::1%eth0]:1x',
      '-a.com:1',
      'a..b:1',
      `${'a'.repeat(254)}:1`,
      'ex*mple.com:1',
    ],
  ])('%j is none', (text) => {
    expect(parseAuthority(text)).toBeUndefined();
  });
});

test.each([
  ['http://example.com', { host: 'example.com', port: 80, path: '/' }],
  ['http://example.com:8080/a?b=c', { host: 'example.com', port: 8080, path: '/a?b=c' }],
  ['HTTP://Example.com?q', { host: 'example.com', port: 80, path: '/?q' }],
  ['http://[::1]/x', { host: '::1', port: 80, path: '/x' }],
  ['https://example.com/', undefined],
  ['http://user:pw@example.com/', undefined],
  ['http:///x', undefined],
  ['http://example.com/a b', undefined],
  ['ftp://example.com/', undefined],
])('the target of a request for %j', (text, target) => {
  expect(parseHttpTarget(text)).toEqual(target);
});

test('whatever is sent, a target is a plain host and a port', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.webAuthority(),
    fc.webUrl(),
    fc.ipV6().map((ip) => `[${ip}]:1`),
  );
  fc.assert(
    fc.property(text, (given) => {
      for (const target of [parseAuthority(given), parseHttpTarget(given)]) {
        if (target === undefined) continue;
        expect(target.host).toMatch(/^[a-z0-9_.:A-F-]{1,253}$/);
        expect(target.port).toBeGreaterThan(0);
      }
    }),
    { numRuns: 10_000 },
  );
});
