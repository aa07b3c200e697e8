import { applySkill } from '@nanoclaw/skills/apply.js';
import { moveHead } from '@nanoclaw/skills/core-update.js';
import { abortCustomising, finishCustomising, startCustomising } from '@nanoclaw/skills/customise.js';
import { rebaseSkills, replaySkills } from '@nanoclaw/skills/rebase.js';
import { uninstallSkill } from '@nanoclaw/skills/uninstall.js';
import { verifySkills } from '@nanoclaw/skills/verify.js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { aSmallProject, type SmallProject } from './small-project.ts';

let project: SmallProject;
beforeEach(() => {
  project = aSmallProject();
  project.skill('list', { modifies: [{ path: 'docs/list.md', edits: [{ before: '- end', insert: '- skill' }] }] });
  project.skill(
    'letters',
    { modifies: ['docs/letters.md'], test: ['node', 'scripts/check.mjs'] },
    {
      'base/docs/letters.md': project.read('docs/letters.md'),
      'modify/docs/letters.md': project.read('docs/letters.md').replace('h', 'H'),
    },
  );
  project.skill(
    'files',
    { adds: ['docs/new.md'], structured: { container_packages: ['tesseract-ocr'] } },
    { 'add/docs/new.md': 'new\n' },
  );
  project.beginGit();
});
afterEach(() => project.remove());

const apply = async (...names: string[]) => {
  for (const name of names) await applySkill(project.deps, { name, groups: [] });
};
const rebase = (revision?: string) => rebaseSkills(project.deps, revision);

/** The next version of the core, as a branch `next`; the working tree stays at main. */
function coreUpdate(files: Record<string, string | undefined>): void {
  project.git('checkout', '--quiet', '-b', 'next');
  for (const [path, text] of Object.entries(files)) {
    if (text === undefined) project.git('rm', '--quiet', path);
    else project.write(path, text);
  }
  project.git('add', '-A');
  project.git('commit', '--quiet', '-m', 'update');
  project.git('checkout', '--quiet', 'main');
}

test('an update of the core with three skills and a change of your own rebases cleanly, and the skills can still go', async () => {
  const letters = project.read('docs/letters.md');
  coreUpdate({
    'docs/letters.md': `0\n\n${letters}`,
    'docs/list.md': '# The list\n\n- one\n- core\n- end\n',
    'docs/fresh.md': 'fresh\n',
    'container/Dockerfile': `FROM x\n${project.read('container/Dockerfile')}`,
    'scripts/check.mjs': `${project.read('scripts/check.mjs')}// newer\n`,
  });
  await apply('list', 'letters', 'files');
  project.write('docs/letters.md', project.read('docs/letters.md').replace('d', 'mine'));
  project.write('scripts/check.mjs', `// mine\n${project.read('scripts/check.mjs')}`);

  await rebase('next');

  expect(project.read('docs/letters.md').replaceAll('\n', '')).toBe('0abcmineefgHij');
  expect(project.read('docs/list.md')).toBe('# The list\n\n- one\n- core\n- skill\n- end\n');
  expect(project.read('docs/fresh.md')).toBe('fresh\n');
  expect(project.read('container/Dockerfile')).toMatch(/^FROM x\n[\s\S]*tesseract-ocr/);
  expect(project.read('scripts/check.mjs')).toMatch(/^\/\/ mine\n[\s\S]*\/\/ newer\n$/);
  expect(project.plans.at(-1)).toContain('test      node scripts/check.mjs');
  expect(moveHead(project.root, 'next')).toBe(true);
  for (const name of ['list', 'files', 'letters']) await uninstallSkill(project.deps, name);

  expect(project.git('status', '--short')).toBe(' M docs/letters.md\n M scripts/check.mjs\n');
  expect(project.git('diff', '-U0')).not.toMatch(/^[+-](?!\+\+|--).*(skill|H|tesseract)/m);
});

test('a conflict of the core with a skill is shown with what to do, and nothing is changed', async () => {
  coreUpdate({ 'docs/letters.md': project.read('docs/letters.md').replace('h', 'core') });
  await apply('list', 'letters');
  const before = project.tree();

  await expect(rebase('next')).rejects.toThrow(
    /cannot rebase onto next: 1 conflict\n {2}- docs\/letters\.md \(letters\)[\s\S]*core[\s\S]*H[\s\S]*Nothing was changed/,
  );
  expect(project.tree()).toEqual(before);
});

test('a conflict of the core with a change of your own is shown, and nothing is changed', async () => {
  coreUpdate({ 'scripts/check.mjs': '// core\n', 'docs/fresh.md': 'x' });
  await apply('list');
  project.write('scripts/check.mjs', '// mine\n');
  const before = project.tree();

  await expect(rebase('next')).rejects.toThrow(/scripts\/check\.mjs \(your own change\)/);
  expect(project.tree()).toEqual(before);
});

test('where the anchor of an edit is gone from the core, that is told', async () => {
  coreUpdate({ 'docs/list.md': '# List\n' });
  await apply('list');
  const before = project.tree();
  await expect(rebase('next')).rejects.toThrow('docs/list.md (list): edit 1: the file has no line "- end"');
  expect(project.tree()).toEqual(before);
});

test('a file that the skill adds and the core has now is a conflict', async () => {
  coreUpdate({ 'docs/new.md': 'of the core\n' });
  await apply('files');
  const before = project.tree();
  await expect(rebase('next')).rejects.toThrow(/docs\/new\.md/);
  expect(project.tree()).toEqual(before);
});

test('a skill that is not made for the new core keeps it from coming', async () => {
  coreUpdate({ 'package.json': project.read('package.json').replace('2.0.0', '3.0.0') });
  await apply('list');
  await expect(rebase('next')).rejects.toThrow('list is made for NanoClaw >=2.0.0 <3.0.0, and this is 3.0.0');
});

test('a failing test after the update undoes it', async () => {
  coreUpdate({ 'scripts/check.mjs': 'process.exit(1);\n' });
  await apply('letters');
  const before = project.tree();
  await expect(rebase('next')).rejects.toThrow('node scripts/check.mjs failed');
  expect(project.tree()).toEqual(before);
});

test.each(['--output=/tmp/x', 'no-such-branch', 'a b'])(
  '%j is no revision, and git is not asked to take it for an option',
  async (revision) => {
    await apply('list');
    await expect(rebase(revision)).rejects.toThrow(/no revision of git|git rev-parse failed/);
  },
);

test('after a merge by git, rebasing takes the tree for the truth', async () => {
  coreUpdate({
    'docs/list.md': '# The list\n\n- one\n- end\n',
    'docs/letters.md': `0\n\n${project.read('docs/letters.md')}`,
  });
  await apply('list', 'letters');
  project.git('add', '-A');
  project.git('commit', '--quiet', '-m', 'skills');
  project.git('merge', '--quiet', '--no-edit', 'next');

  await rebase();

  expect(verifySkills(project.deps)).toMatchObject({ drift: [] });
  await uninstallSkill(project.deps, 'list');
  await uninstallSkill(project.deps, 'letters');
  expect(project.read('docs/list.md')).toBe('# The list\n\n- one\n- end\n');
  expect(project.read('docs/letters.md')).toMatch(/^0\n\na\n/);
});

test('conflict markers of git are not taken for the truth', async () => {
  await apply('list');
  project.write('docs/list.md', '<<<<<<< HEAD\n# List\n=======\n>>>>>>> next\n');
  await expect(rebase()).rejects.toThrow('finish the merge first');
});

test('all skills are replayed over a tree that has none of them', async () => {
  await apply('list', 'letters', 'files');
  const before = project.tree();
  project.git('checkout', '--quiet', '.');
  project.git('clean', '-fdq');
  expect(
    verifySkills(project.deps)
      .drift.map(({ problem }) => problem)
      .sort(),
  ).toEqual(['changed', 'changed', 'changed', 'missing']);

  await replaySkills(project.deps);
  expect(project.tree()).toEqual({
    ...before,
    '.nanoclaw/skills-state.json': project.tree()['.nanoclaw/skills-state.json'],
  });
  await replaySkills(project.deps);
  expect(verifySkills(project.deps).drift).toEqual([]);
});

test('a recorded change has a name, is carried by an update, and can be uninstalled', async () => {
  coreUpdate({ 'docs/letters.md': `0\n\n${project.read('docs/letters.md')}` });
  await apply('letters');
  const before = project.tree();
  await startCustomising(project.deps);
  project.write('docs/letters.md', project.read('docs/letters.md').replace('b', 'mine'));
  project.write('docs/own.md', 'own\n');
  await expect(apply('list')).rejects.toThrow('a local change is being recorded');
  await finishCustomising(project.deps, 'my-letters');
  expect(project.plans.at(-1)).toEqual(['record my-letters', 'record    docs/letters.md', 'record    docs/own.md']);
  expect(verifySkills(project.deps)).toMatchObject({ skills: ['letters', 'my-letters'], drift: [] });

  await rebase('next');
  expect(project.read('docs/letters.md').replaceAll('\n', '')).toBe('0aminecdefgHij');
  await uninstallSkill(project.deps, 'my-letters');
  expect(project.read('docs/letters.md').replaceAll('\n', '')).toBe('0abcdefgHij');
  expect(Object.keys(project.tree()).filter((path) => !path.startsWith('.nano'))).toEqual(
    Object.keys(before).filter((path) => !path.startsWith('.nano')),
  );
});

test('recording nothing, under a name that is taken, or without a start is refused; aborting keeps the files', async () => {
  await expect(finishCustomising(project.deps, 'mine')).rejects.toThrow('customise start begins it');
  await apply('list');
  await startCustomising(project.deps);
  await expect(startCustomising(project.deps)).rejects.toThrow('is being recorded since');
  await expect(finishCustomising(project.deps, 'mine')).rejects.toThrow('no file was changed');
  await expect(finishCustomising(project.deps, 'list')).rejects.toThrow('already');
  await expect(finishCustomising(project.deps, 'My Own')).rejects.toThrow('lower-case words');
  project.write('docs/own.md', 'own\n');
  await abortCustomising(project.deps);

  expect(project.read('docs/own.md')).toBe('own\n');
  await uninstallSkill(project.deps, 'list');
  expect(project.git('status', '--short')).toBe('?? docs/own.md\n');
});
