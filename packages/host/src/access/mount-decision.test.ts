import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideMounts, type FoundPath, type MountScene } from './mount-decision.ts';
import { type MountAccess, NO_ALLOWLIST } from './mount-rules.ts';

/** Paths that exist, and where they lead. */
const DISK: Record<string, FoundPath> = {
  '/home/me/projects': { path: '/home/me/projects', kind: 'directory' },
  '/home/me/projects/site': { path: '/home/me/projects/site', kind: 'directory' },
  '/home/me/projects/notes.txt': { path: '/home/me/projects/notes.txt', kind: 'file' },
  '/home/me/projects/pipe': { path: '/home/me/projects/pipe', kind: 'other' },
  '/home/me/projects/link-out': { path: '/etc', kind: 'directory' },
  '/home/me/projects/link-to-keys': { path: '/home/me/.ssh', kind: 'directory' },
  '/home/me/projects/token': { path: '/home/me/projects/token', kind: 'directory' },
  '/home/me/projects/assistant': { path: '/home/me/projects/assistant', kind: 'directory' },
  '/home/me/projects/assistant/groups': { path: '/home/me/projects/assistant/groups', kind: 'directory' },
  '/home/me/projects/closed': { path: '/home/me/projects/closed', kind: 'directory' },
  '/home/me/projects/closed/a': { path: '/home/me/projects/closed/a', kind: 'directory' },
  '/home/me/projects-old': { path: '/home/me/projects-old', kind: 'directory' },
  '/srv/link': { path: '/srv/real', kind: 'directory' },
  '/srv/real': { path: '/srv/real', kind: 'directory' },
  '/srv/real/a': { path: '/srv/real/a', kind: 'directory' },
};
const access = {
  rules: {
    allowedRoots: [
      { path: '~/projects', allowReadWrite: true },
      { path: '~/projects/closed', allowReadWrite: false },
      { path: '/srv/link', allowReadWrite: true },
      { path: '/nowhere', allowReadWrite: true },
      { path: 'relative', allowReadWrite: true },
    ],
    blockedPatterns: ['token'],
    nonMainReadOnly: true,
  },
};
const scene = (isMain: boolean): MountScene => ({
  isMain,
  ownerHome: '/home/me',
  ownPlaces: ['/home/me/projects/assistant', '/home/me/.config/nanoclaw'],
  find: (path) => DISK[path],
});
const decide = (wish: unknown, isMain = true, given: MountAccess = access) =>
  decideMounts(given, scene(isMain), [wish])[0];

describe('a wish', () => {
  test.each([
    ['a folder', { hostPath: '~/projects/site' }, '/home/me/projects/site site read-only'],
    ['a file', { hostPath: '/home/me/projects/notes.txt' }, '/home/me/projects/notes.txt notes.txt read-only'],
    ['a root itself', { hostPath: '/srv/real/', containerPath: 'x' }, undefined],
    ['another name', { hostPath: '~/projects/site', containerPath: 'a/b/' }, '/home/me/projects/site a/b read-only'],
    ['writing', { hostPath: '~/projects/site', readonly: false }, '/home/me/projects/site site read-write'],
    [
      'writing under the longest root, which forbids it',
      { hostPath: '~/projects/closed/a', readonly: false },
      '/home/me/projects/closed/a a read-only',
    ],
    ['a root that is a link', { hostPath: '/srv/real/a', readonly: false }, '/srv/real/a a read-write'],
    ['what a link leads to', { hostPath: '/srv/link' }, '/srv/real link read-only'],
  ])('for %s', (_, wish, expected) => {
    const verdict = decide(wish);
    if (expected === undefined) return expect(verdict).toMatchObject({ refused: 'it does not exist' });
    const [source, name, mode] = expected.split(' ');
    expect(verdict).toMatchObject({ mount: { source, target: `/workspace/extra/${name}`, mode } });
  });

  test('of a chat that is not main is for reading where the file says so', () => {
    expect(decide({ hostPath: '~/projects/site', readonly: false }, false)).toMatchObject({
      mount: { mode: 'read-only' },
      note: 'read-only, as in every chat but main',
    });
    const open: MountAccess = { rules: { ...access.rules, nonMainReadOnly: false } };
    expect(decide({ hostPath: '~/projects/site', readonly: false }, false, open)).toMatchObject({
      mount: { mode: 'read-write' },
    });
  });

  test.each([
    ['no mount', 'x', 'it is no mount'],
    ['no path', { containerPath: 'x' }, 'it is no mount'],
    ['a relative path', { hostPath: 'projects/site' }, 'begin with'],
    ["another user's home", { hostPath: '~root/x' }, 'begin with'],
    ['nothing', { hostPath: '~/projects/none' }, 'does not exist'],
    ['a pipe', { hostPath: '~/projects/pipe' }, 'neither a folder nor a file'],
    ['a path beside the roots', { hostPath: '~/projects-old' }, 'none of the allowedRoots'],
    ['a link out of the root', { hostPath: '~/projects/link-out' }, 'none of the allowedRoots'],
    ['a link to keys', { hostPath: '~/projects/link-to-keys' }, '".ssh" is blocked'],
    ['a blocked pattern', { hostPath: '~/projects/token' }, '"token" is blocked'],
    ["the host's home", { hostPath: '~/projects/assistant' }, 'belongs to NanoClaw'],
    ['what lies in it', { hostPath: '~/projects/assistant/groups' }, 'belongs to NanoClaw'],
    ['what holds it', { hostPath: '~/projects' }, 'belongs to NanoClaw'],
    ...['..', '../x', 'a/../../x', '/etc', '', ' ', 'a//b', './a', 'a:ro', 'a\nb', 'a/ b', '.'].map((containerPath) => [
      `the name ${JSON.stringify(containerPath)}`,
      { hostPath: '~/projects/site', containerPath },
      /containerPath|no mount/,
    ]),
  ] as [string, unknown, string | RegExp][])('for %s is refused', (_, wish, reason) => {
    expect(decide(wish)).toMatchObject({ refused: expect.stringMatching(reason) });
  });

  test('is refused whatever it is when the allowlist cannot be used', () => {
    expect(decide({ hostPath: '~/projects/site' }, true, NO_ALLOWLIST)).toMatchObject({ refused: expect.any(String) });
  });
});

test('a second mount on, in or around the first one is refused, and the others are kept', () => {
  const wish = (containerPath: string) => ({ hostPath: '~/projects/site', containerPath });
  const verdicts = decideMounts(access, scene(true), ['a/b', 'a/b', 'a', 'a/b/c', 'a/bc'].map(wish));
  expect(verdicts.map((verdict) => 'mount' in verdict)).toEqual([true, false, false, false, true]);
});

test('whatever is wished for, nothing is mounted outside the roots, on another place, or writable against the rules', () => {
  const hostPath = fc.oneof(fc.constantFrom(...Object.keys(DISK), '~/projects/site', '~', '/'), fc.string());
  const containerPath = fc.option(fc.oneof(fc.string(), fc.constantFrom('..', 'a/..', '/a', 'a')), { nil: undefined });
  const wish = fc.record({ hostPath, containerPath, readonly: fc.oneof(fc.boolean(), fc.anything()) });
  fc.assert(
    fc.property(fc.array(fc.oneof(wish, fc.anything())), fc.boolean(), (wishes, isMain) => {
      for (const verdict of decideMounts(access, scene(isMain), wishes)) {
        if (!('mount' in verdict)) continue;
        const { source, target, mode } = verdict.mount;
        expect(source).toMatch(/^(\/home\/me\/projects|\/srv\/real)(\/|$)/);
        expect(target).toMatch(/^\/workspace\/extra\/[^/]/);
        expect(target.split('/')).not.toContain('..');
        if (mode === 'read-write') expect([isMain, source.includes('closed')]).toEqual([true, false]);
      }
    }),
    { numRuns: 5_000 },
  );
});
