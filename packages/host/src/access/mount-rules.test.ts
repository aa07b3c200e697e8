import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ALWAYS_BLOCKED, blockedBy, parseMountRules } from './mount-rules.ts';

const root = { path: '~/projects', allowReadWrite: true, description: 'mine' };
const rules = { allowedRoots: [root], blockedPatterns: ['token'], nonMainReadOnly: true };

describe('the file', () => {
  test('is read in the form of v1', () => {
    expect(parseMountRules(JSON.stringify({ ...rules, $schema: 'x' }))).toEqual({ rules });
  });

  test.each([
    ['no JSON', '{'],
    ['no roots', JSON.stringify({ ...rules, allowedRoots: undefined })],
    ['a root without allowReadWrite', JSON.stringify({ ...rules, allowedRoots: [{ path: '/a' }] })],
    ['no patterns', JSON.stringify({ ...rules, blockedPatterns: undefined })],
    ['no nonMainReadOnly', JSON.stringify({ ...rules, nonMainReadOnly: 'yes' })],
    ['an empty pattern, which would be in every name', JSON.stringify({ ...rules, blockedPatterns: [''] })],
    ['a pattern that no name can have', JSON.stringify({ ...rules, blockedPatterns: ['a/b'] })],
  ])('with %s is a problem as a whole', (_, text) => {
    expect(parseMountRules(text)).toEqual({ problem: expect.any(String) });
  });
});

describe('a blocked pattern', () => {
  test.each([
    ['/home/me/.ssh', '.ssh'],
    ['/home/me/.ssh/config', '.ssh'],
    ['/home/me/.SSH', '.ssh'],
    ['/home/me/old.ssh', '.ssh'],
    ['/p/.env', '.env'],
    ['/p/.env.local', '.env'],
    ['/p/prod.env', '.env'],
    ['/p/id_rsa.pub', 'id_rsa'],
    ['/p/aws-credentials.csv', 'credentials'],
    ['/p/token', 'token'],
    ['/p/API-Token.json', 'token'],
    ['/p/tokens/a', 'token'],
    ['/p/my_token_2', 'token'],
    ['/p/my-token-2', 'token'],
    ['/p/tokenizer', undefined],
    ['/p/betoken', undefined],
    ['/p/environment', undefined],
    ['/p/.environment', undefined],
    ['/p/dockerfiles', undefined],
  ])('%s: %s', (path, pattern) => {
    expect(blockedBy(path, ['token'])).toBe(pattern);
  });

  test('is text and no expression, and blocks its own name wherever it stands', () => {
    expect(blockedBy('/p/aXb', ['a.b'])).toBeUndefined();
    const names = fc.stringMatching(/^[a-z]{1,8}$/);
    const pattern = fc.string({ minLength: 1, maxLength: 8 }).filter((text) => /^[^/\p{Cc}]+$/u.test(text));
    fc.assert(
      fc.property(fc.array(names), pattern, fc.array(names), (before, blocked, after) => {
        expect(blockedBy(`/${[...before, blocked, ...after].join('/')}`, [blocked])).toBeDefined();
      }),
      { numRuns: 2_000 },
    );
  });

  test.each(ALWAYS_BLOCKED)('%s is blocked without being named', (name) => {
    expect(blockedBy(`/home/me/${name}`, [])).toBe(name);
  });
});
