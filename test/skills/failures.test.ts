import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { applySkill } from '@nanoclaw/skills/apply.js';
import { uninstallSkill } from '@nanoclaw/skills/uninstall.js';
import { verifySkills } from '@nanoclaw/skills/verify.js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { aSmallProject, type SmallProject } from './small-project.ts';

let project: SmallProject;
beforeEach(() => {
  project = aSmallProject();
});
afterEach(() => project.remove());

const insert = { path: 'docs/list.md', edits: [{ before: '- end', insert: '- more' }] };

/** Fails with these words, and the tree is as it was. */
async function fails(words: string | RegExp, deps = project.deps): Promise<void> {
  const before = project.tree();
  await expect(applySkill(deps, { name: 'bad', groups: [] })).rejects.toThrow(words);
  expect(project.tree()).toEqual(before);
}

test('a failing test undoes everything and shows what it printed', async () => {
  project.skill(
    'bad',
    {
      adds: ['docs/a/b.md', 'scripts/fail.mjs'],
      modifies: [insert],
      file_ops: [{ op: 'delete', path: 'docs/letters.md' }],
      test: ['node', 'scripts/fail.mjs'],
    },
    { 'add/docs/a/b.md': 'x', 'add/scripts/fail.mjs': "console.log('expected 1 to be 2');\nprocess.exit(3);\n" },
  );
  await fails(/everything is as it was before: node scripts\/fail\.mjs failed \(exit code 3\):\nexpected 1 to be 2/);
});

test('a failing command undoes everything, also what commands before it had made', async () => {
  project.skill(
    'bad',
    {
      adds: ['scripts/make.mjs'],
      modifies: [insert],
      post_apply: [
        ['node', 'scripts/make.mjs'],
        ['node', 'scripts/none.mjs'],
      ],
    },
    {
      'add/scripts/make.mjs':
        "import { mkdirSync, writeFileSync } from 'node:fs';\nmkdirSync('made');\nwriteFileSync('made/it', 'x');\n",
    },
  );
  await fails('node scripts/none.mjs failed (exit code 1)');
});

test('a command may not change or remove a file that was there', async () => {
  project.skill(
    'bad',
    { adds: ['scripts/x.mjs'], post_apply: [['node', 'scripts/x.mjs']] },
    { 'add/scripts/x.mjs': "import { appendFileSync } from 'node:fs';\nappendFileSync('docs/list.md', 'x');\n" },
  );
  await fails('a command of bad changed docs/list.md: name the file under modifies');

  project.skill(
    'bad',
    { adds: ['scripts/x.mjs'], post_apply: [['node', 'scripts/x.mjs']] },
    { 'add/scripts/x.mjs': "import { rmSync } from 'node:fs';\nrmSync('docs/list.md');\n" },
  );
  await fails('a command of bad changed docs/list.md');
});

test('what a test leaves behind is removed, and what it changed is put back', async () => {
  project.skill(
    'messy',
    { adds: ['scripts/x.mjs'], test: ['node', 'scripts/x.mjs'] },
    {
      'add/scripts/x.mjs':
        "import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';\nmkdirSync('left');\nwriteFileSync('left/it', 'x');\nappendFileSync('docs/list.md', 'x');\n",
    },
  );
  const before = project.tree();
  await applySkill(project.deps, { name: 'messy', groups: [] });
  expect(existsSync(join(project.root, 'left'))).toBe(false);
  await uninstallSkill(project.deps, 'messy');
  expect(project.tree()).toEqual(before);
});

test('a conflict with another skill is shown with its lines, and nothing is changed', async () => {
  const letters = project.read('docs/letters.md');
  project.skill(
    'first',
    { modifies: ['docs/letters.md'] },
    { 'base/docs/letters.md': letters, 'modify/docs/letters.md': letters.replace('c', 'first') },
  );
  project.skill(
    'bad',
    { modifies: ['docs/letters.md'] },
    { 'base/docs/letters.md': letters, 'modify/docs/letters.md': letters.replace('c', 'second') },
  );
  await applySkill(project.deps, { name: 'first', groups: [] });
  await fails(
    /docs\/letters\.md \(bad\): both sides changed these lines:[\s\S]*first[\s\S]*second[\s\S]*Nothing was changed\./,
  );
  expect(verifySkills(project.deps).skills).toEqual(['first']);
});

test('uninstalling is refused where somebody changed the very lines of the skill since', async () => {
  project.skill('letters', { modifies: [{ path: 'docs/letters.md', edits: [{ replace: 'c', with: 'C' }] }] });
  await applySkill(project.deps, { name: 'letters', groups: [] });
  project.write('docs/letters.md', project.read('docs/letters.md').replace('C', 'mine'));
  const before = project.tree();

  await expect(uninstallSkill(project.deps, 'letters')).rejects.toThrow(
    /your own change\): both sides changed these lines[\s\S]*mine/,
  );
  expect(project.tree()).toEqual(before);
});

/** A disk that is full from the n-th step on: the file system says so where the step writes. */
test('a full disk at any step of writing leaves everything as it was, and says so', async () => {
  project.skill(
    'bad',
    { adds: ['docs/a/new.md'], modifies: [insert], test: ['node', 'scripts/check.mjs'] },
    { 'add/docs/a/new.md': 'x' },
  );
  for (const at of [
    'write down how it was',
    'prepare docs/a/new.md',
    'prepare docs/list.md',
    'write docs/a/new.md',
    'test node scripts/check.mjs',
    'write the state',
  ]) {
    let isHit = false;
    const onStep = (step: string): void => {
      if (step !== at || isHit) return;
      isHit = true;
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    };
    await fails('apply bad 1.0.0 failed, and everything is as it was before: the disk is full', {
      ...project.deps,
      onStep,
    });
    expect([at, isHit]).toEqual([at, true]);
  }
});

test('a folder that cannot be written is told, and nothing is changed', async () => {
  project.skill('bad', { adds: ['docs/closed/new.md'], modifies: [insert] }, { 'add/docs/closed/new.md': 'x' });
  project.write('docs/closed', 'a file where a folder should be');
  await fails('docs/closed is no folder');
});

test('a lock of a dead process is taken over with a word, that of a live one is not', async () => {
  project.skill('words', { modifies: [insert] });
  mkdirSync(join(project.root, '.nanoclaw'));
  const lock = join(project.root, '.nanoclaw/lock');
  const live = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  try {
    writeFileSync(lock, JSON.stringify({ pid: live.pid, began: '' }));
    await expect(applySkill(project.deps, { name: 'words', groups: [] })).rejects.toThrow(
      `another command (process ${live.pid}) is changing skills`,
    );
    expect(existsSync(lock)).toBe(true);
  } finally {
    const ended = new Promise((resolve) => live.once('exit', resolve));
    live.kill('SIGKILL');
    await ended;
  }

  await applySkill(project.deps, { name: 'words', groups: [] });
  expect(project.reports).toEqual([
    `took over the lock of process ${live.pid}, which died while it was changing skills`,
  ]);
  expect(existsSync(lock)).toBe(false);
});

test('a process that has the number of a dead one holds no lock of its, and neither does a damaged file', async () => {
  project.skill('words', { modifies: [insert] });
  mkdirSync(join(project.root, '.nanoclaw'));
  writeFileSync(join(project.root, '.nanoclaw/lock'), JSON.stringify({ pid: process.ppid, began: '1' }));
  await applySkill(project.deps, { name: 'words', groups: [] });
  writeFileSync(join(project.root, '.nanoclaw/lock'), '{');
  await uninstallSkill(project.deps, 'words');
  expect(project.reports).toHaveLength(2);
});

test('a damaged state, or a copy that is not whole, is told and nothing is done', async () => {
  project.skill('words', { modifies: [insert] });
  await applySkill(project.deps, { name: 'words', groups: [] });
  const state = project.read('.nanoclaw/skills-state.json');
  project.write('.nanoclaw/skills-state.json', '{');
  await expect(uninstallSkill(project.deps, 'words')).rejects.toThrow('skills-state.json is damaged');

  project.write('.nanoclaw/skills-state.json', state);
  const [object = ''] = Object.keys(project.tree()).filter((path) => /objects\/./.test(path));
  chmodSync(join(project.root, object), 0o600);
  project.write(object, 'other bytes', 0o600);
  await expect(uninstallSkill(project.deps, 'words')).rejects.toThrow(/missing or damaged/);
  expect(project.read('docs/list.md')).toContain('- more');
});
