import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CHECKOUT } from '../kernel/checkout.ts';
import { syncSkills } from './skill-files.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nanoclaw-skills-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function put(name: string, text: string, file = 'SKILL.md'): void {
  mkdirSync(join(root, 'source', name), { recursive: true });
  writeFileSync(join(root, 'source', name, file), text, { mode: 0o600 });
}
const sync = (group = 'main'): void => syncSkills(join(root, 'source'), join(root, 'target'), group);
const skills = (): string[] => readdirSync(join(root, 'target', 'skills')).sort();
const read = (name: string): string => readFileSync(join(root, 'target', 'skills', name), 'utf8');

test('skills are there for everybody to read, changed ones are new, and removed ones are gone', () => {
  put('one', 'first');
  put('two', 'second');
  put('no-skill', 'x', 'README.md');
  sync();
  expect(skills()).toEqual(['one', 'two']);
  expect(statSync(join(root, 'target', 'skills', 'one', 'SKILL.md')).mode & 0o044).toBe(0o044);

  put('one', 'changed');
  put('one', 'echo', 'helper.sh');
  rmSync(join(root, 'source', 'two'), { recursive: true });
  sync();
  expect(skills()).toEqual(['one']);
  expect([read('one/SKILL.md'), read('one/helper.sh')]).toEqual(['changed', 'echo']);
});

test('a helper file that changed is new, although the SKILL.md beside it is the same', () => {
  put('one', 'first');
  put('one', 'echo before', 'helper.sh');
  sync();
  put('one', 'echo after', 'helper.sh');
  sync();
  expect(read('one/helper.sh')).toBe('echo after');
});

test('a skill for chosen groups is there for them alone, and for nobody when its list cannot be read', () => {
  put('one', 'first');
  put('two', 'second');
  put('two', '["work"]', 'groups.json');
  sync('work');
  expect(skills()).toEqual(['one', 'two']);

  sync('main');
  expect(skills()).toEqual(['one']);

  put('two', '{', 'groups.json');
  sync('work');
  expect(skills()).toEqual(['one']);
});

test('what is the same is not written again', () => {
  put('one', 'first');
  sync();
  const before = statSync(join(root, 'target', 'skills', 'one')).ino;
  sync();
  expect(statSync(join(root, 'target', 'skills', 'one')).ino).toBe(before);
});

test('those that are shipped say in their head what they are called and when they help', () => {
  const shipped = join(CHECKOUT, 'container', 'skills');
  expect(readdirSync(shipped).sort()).toEqual(
    expect.arrayContaining(['agent-browser', 'capabilities', 'slack-formatting', 'status']),
  );
  for (const name of readdirSync(shipped)) {
    const text = readFileSync(join(shipped, name, 'SKILL.md'), 'utf8');
    expect(text).toMatch(new RegExp(`^---\\nname: ${name}\\ndescription: [^\\n]{40,160}\\n`));
  }
});
