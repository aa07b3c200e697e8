import { expect, test } from 'vitest';
import { hashToken, refuseForeign, refuseStranger } from './web-access.ts';

const PORT = 4100;
const ask = (request: { method?: string; host?: string; origin?: string }) =>
  refuseForeign({ method: 'GET', host: undefined, origin: undefined, ...request }, PORT)?.status;

test('only the two loopback names with the right port are served', () => {
  expect(ask({ host: '127.0.0.1:4100' })).toBeUndefined();
  expect(ask({ host: 'localhost:4100' })).toBeUndefined();
  const wrong = [
    '127.0.0.1',
    'localhost',
    '127.0.0.1:4101',
    'evil.test:4100',
    'localhost:4100.evil.test',
    '[::1]:4100',
  ];
  for (const host of [...wrong, 'LOCALHOST:4100 ', '']) expect([host, ask({ host })]).toEqual([host, 403]);
  expect(ask({})).toBe(403);
});

test('what changes something must come from our own page, and what names another page is never served', () => {
  const host = '127.0.0.1:4100';
  const allowed = ['http://127.0.0.1:4100', 'http://localhost:4100'];
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    expect(ask({ method, host })).toBe(403);
    for (const origin of allowed) expect(ask({ method, host, origin })).toBeUndefined();
  }
  const foreign = [
    'null',
    'http://evil.test',
    'https://127.0.0.1:4100',
    'http://127.0.0.1:4101',
    'http://127.0.0.1',
    '',
  ];
  for (const method of ['GET', 'HEAD', 'POST']) {
    for (const origin of foreign)
      expect([method, origin, ask({ method, host, origin })]).toEqual([method, origin, 403]);
  }
  expect(ask({ method: 'HEAD', host })).toBeUndefined();
});

test('a token is accepted when its hash is among the known ones', () => {
  const hashes = [hashToken('one'), hashToken('two')];
  expect(refuseStranger('one', hashes)).toBeUndefined();
  expect(refuseStranger('two', hashes)).toBeUndefined();
  for (const token of [undefined, '', 'three', hashes[0]]) expect(refuseStranger(token, hashes)?.status).toBe(401);
  expect(refuseStranger('one', [])?.status).toBe(401);
});
