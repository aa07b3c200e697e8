import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { judgeService, parseServiceRules, type ServiceAccess, servicesOf } from './service-rules.ts';
import { openServiceList, servicesFile } from './service-rules-files.ts';

const RULE = {
  name: 'GitHub',
  host: 'api.github.com',
  paths: ['/repos/ann/'],
  methods: ['GET', 'POST'],
  header: 'authorization',
  value: 'Bearer ghp_secret',
  groups: ['main'],
};
const parse = (rule: object): ServiceAccess => parseServiceRules(JSON.stringify({ services: [{ ...RULE, ...rule }] }));
const judge = (access: ServiceAccess, request: object = {}, folder = 'main') =>
  judgeService(access, folder, { method: 'GET', host: 'api.github.com', port: 80, path: '/repos/ann/x', ...request });

test('a request to the host, port, path and method of a rule, from a group of it, gets the credential', () => {
  expect(judge(parse({}))).toMatchObject({ kind: 'service', rule: { value: RULE.value, port: 443 } });
  expect(judge(parse({}), { path: '/repos/ann/x?a=/../' })).toMatchObject({ kind: 'service' });
  expect(judge(parse({ groups: ['*'] }), {}, 'work')).toMatchObject({ kind: 'service' });
});

test.each([
  ['another group', {}, 'work'],
  ['another host', { host: 'github.com' }, 'main'],
  ['a host below it', { host: 'x.api.github.com' }, 'main'],
  ['another port', { port: 8080 }, 'main'],
])('%s gets nothing of it, and the policy decides', (_, request, folder) => {
  expect(judge(parse({}), request, folder)).toEqual({ kind: 'other' });
});

test.each([
  ['another path', { path: '/user' }],
  ['another method', { method: 'DELETE' }],
  ['dot segments', { path: '/repos/ann/../../user' }],
  ['dot segments at the end', { path: '/repos/ann/..' }],
  ['escaped dots', { path: '/repos/ann/%2e%2E/user' }],
  ['escaped slashes', { path: '/repos/ann%2Fx' }],
  ['empty parts', { path: '/repos/ann//x' }],
  ['a backslash', { path: '/repos/ann/..\\user' }],
  ['path parameters', { path: '/repos/ann/..;/user' }],
])('%s is refused, with what is allowed', (_, request) => {
  expect(judge(parse({}), request)).toMatchObject({ kind: 'refused', why: expect.stringMatching(/only$|segments/) });
});

test.each([
  [{ host: 'API.github.com' }, 'host'],
  [{ host: 'localhost' }, 'host'],
  [{ host: '127.0.0.1:8080' }, 'host'],
  [{ paths: ['repos'] }, 'paths.0'],
  [{ paths: [] }, 'paths'],
  [{ methods: ['get'] }, 'methods.0'],
  [{ header: 'Authorization' }, 'header'],
  [{ header: 'host' }, 'header'],
  [{ header: 'transfer-encoding' }, 'header'],
  [{ value: 'a\r\nx-more: 1' }, 'value'],
  [{ value: 'short' }, 'value'],
  [{ groups: [] }, 'groups'],
  [{ port: 0 }, 'port'],
  [{ unknown: 1 }, 'services.0'],
])('%j is a mistake that is named, and closes all of it', (change, where) => {
  const access = parse(change);
  expect(access).toMatchObject({ problem: expect.stringContaining(where) });
  expect(JSON.stringify(access)).not.toContain('ghp_secret');
  expect(servicesOf(access, 'main')).toEqual([]);
  expect(judge(access)).toEqual({ kind: 'other' });
});

test('no path under any rule reaches beyond the beginning it names, however it is written (2,000 runs)', () => {
  const access = parse({});
  const part = fc.constantFrom('.', '..', 'repos', 'ann', 'user', '%2e', '%2E%2e', '', '..;', 'a b', '%5c', '\\');
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      const path = `/repos/ann/${parts.join('/')}`;
      if (judge(access, { path }).kind !== 'service') return;
      expect(decodeURIComponent(new URL(`http://h${path}`).pathname)).toMatch(/^\/repos\/ann\//);
    }),
    { numRuns: 2_000 },
  );
});

test('a file that others may read is not used', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nanoclaw-services-'));
  const file = servicesFile(folder);
  const list = openServiceList(file);
  expect(list.current()).toEqual({ rules: { services: [] } });
  writeFileSync(file, JSON.stringify({ services: [RULE] }), { mode: 0o600 });
  expect(servicesOf(list.current(), 'main')).toHaveLength(1);
  for (const mode of [0o640, 0o604, 0o660, 0o644]) {
    chmodSync(file, mode);
    expect(list.current()).toEqual({ problem: 'others may read it: run chmod 600 on it' });
  }
  chmodSync(file, 0o600);
  expect(servicesOf(list.current(), 'main')).toHaveLength(1);
  rmSync(folder, { recursive: true });
});
