import { describe, expect, test } from 'vitest';
import { NO_EGRESS_LIST, parseEgressRules, policyOf, whyRefused } from './egress-rules.ts';

const list = parseEgressRules(
  JSON.stringify({ hosts: ['example.com', '*.wiki.org', 'git.example.com:8443'], groups: { work: ['api.work.com'] } }),
);
const refused = (policy: 'open' | 'allowlist' | 'none', target: string, folder = 'friends', access = list) => {
  const [host = '', port] = target.split(':');
  return whyRefused(access, { policy, folder }, { host, port: Number(port ?? 443) });
};

test('main reaches the internet, other groups nothing, unless their owner has chosen', () => {
  expect(policyOf({ isMain: true, egress: null })).toBe('open');
  expect(policyOf({ isMain: false, egress: null })).toBe('none');
  expect(policyOf({ isMain: false, egress: 'open' })).toBe('open');
  expect(policyOf({ isMain: true, egress: 'none' })).toBe('none');
});

describe('the policy', () => {
  test('none refuses everything, open nothing but mail between servers', () => {
    expect(refused('none', 'example.com')).toContain('no access');
    expect(refused('open', 'anything.net:1234')).toBeUndefined();
    expect(refused('open', 'anything.net:25')).toContain('port 25');
  });

  test.each([
    ['example.com', true],
    ['example.com:80', true],
    ['example.com:8443', false],
    ['www.example.com', false],
    ['notexample.com', false],
    ['en.wiki.org', true],
    ['a.b.wiki.org', true],
    ['wiki.org', false],
    ['evilwiki.org', false],
    ['git.example.com:8443', true],
    ['git.example.com', false],
    ['api.work.com', false],
    ['8.8.8.8', false],
  ])('allowlist: %s %s', (target, isAllowed) => {
    expect(refused('allowlist', target) === undefined).toBe(isAllowed);
  });

  test('allowlist has entries of one group, and none of a name that every object has', () => {
    expect(refused('allowlist', 'api.work.com', 'work')).toBeUndefined();
    expect(refused('allowlist', 'api.work.com', 'constructor')).toContain('not on the list');
  });

  test('allowlist without a file, or with a broken one, refuses everything; open does not need it', () => {
    expect(refused('allowlist', 'example.com', 'work', NO_EGRESS_LIST)).toContain('not on the list');
    expect(refused('allowlist', 'example.com', 'work', { problem: 'x' })).toContain('cannot be used');
    expect(refused('open', 'example.com', 'work', { problem: 'x' })).toBeUndefined();
  });
});

test.each([
  ['no JSON', '{'],
  ['an address of a page', '{"hosts":["https://example.com/"]}'],
  ['capital letters', '{"hosts":["Example.com"]}'],
  ['a star in the middle', '{"hosts":["a.*.com"]}'],
  ['a star alone', '{"hosts":["*"]}'],
  ['an unknown word', '{"host":["example.com"]}'],
  ['a group without a list', '{"groups":{"a":"example.com"}}'],
])('a file with %s is a problem as a whole', (_, text) => {
  expect(parseEgressRules(text)).toEqual({ problem: expect.any(String) });
});
