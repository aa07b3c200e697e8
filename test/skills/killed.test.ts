import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applySkill } from '@nanoclaw/skills/apply.js';
import { uninstallSkill } from '@nanoclaw/skills/uninstall.js';
import { verifySkills } from '@nanoclaw/skills/verify.js';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { ROOT } from './checkout-copy.ts';
import { aSmallProject, type SmallProject } from './small-project.ts';

/** The host's bundler; it is no dependency of the tests. */
const { build } = createRequire(join(ROOT, 'packages/host/package.json'))('esbuild') as {
  build: (options: object) => Promise<unknown>;
};

let folder: string;
let program: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nanoclaw-child-'));
  program = join(folder, 'child.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'engine-child.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    // The YAML library is CommonJS and calls require.
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    conditions: ['@nanoclaw/source'],
    alias: { '@nanoclaw/skills': join(ROOT, 'packages/skills/src') },
    logLevel: 'silent',
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let project: SmallProject;
beforeEach(() => {
  project = aSmallProject();
  project.skill('first', { modifies: [{ path: 'docs/list.md', edits: [{ before: '- end', insert: '- first' }] }] });
  project.skill(
    'second',
    {
      adds: ['docs/deep/new.md', 'scripts/tool.mjs'],
      modifies: [{ path: 'docs/list.md', edits: [{ before: '- end', insert: '- second' }] }],
      file_ops: [{ op: 'rename', from: 'docs/letters.md', to: 'docs/old/letters.md' }],
      post_apply: [['node', 'scripts/tool.mjs']],
      test: ['node', 'scripts/check.mjs'],
    },
    {
      'add/docs/deep/new.md': 'new\n',
      'add/scripts/tool.mjs':
        "import { mkdirSync, writeFileSync } from 'node:fs';\nmkdirSync('made/here', { recursive: true });\nwriteFileSync('made/here/it.txt', 'made\\n');\n",
    },
  );
});
afterEach(() => project.remove());

/** Runs a command that dies before its step, counted from 1; 0 for never. */
function child(command: string, name: string, dieAt: number) {
  const { signal, status, stdout, stderr } = spawnSync(
    process.execPath,
    [program, project.root, command, name, String(dieAt)],
    { encoding: 'utf8' },
  );
  if (dieAt === 0 && status !== 0) throw new Error(stderr);
  return { isKilled: signal === 'SIGKILL', steps: stdout.trim().split('\n') };
}

/** Without the lock of the dead, and what the engine keeps of the state. */
const treeOf = (all: Record<string, string>) =>
  Object.fromEntries(Object.entries(all).filter(([path]) => !path.startsWith('.nanoclaw')));
const tree = () => treeOf(project.tree());

test('applying that is killed at any step is undone, or done, by the next command', async () => {
  await applySkill(project.deps, { name: 'first', groups: [] });
  const before = project.tree();
  let died = 0;
  for (let step = 1; ; step++) {
    const { isKilled, steps } = child('apply', 'second', step);
    if (!isKilled) break;
    died += 1;
    project.reports.length = 0;
    await expect(uninstallSkill(project.deps, 'nothing')).rejects.toThrow('not applied');

    const isDone = verifySkills(project.deps).skills.includes('second');
    // What commands had made is put aside, because somebody else may have made it.
    const aside = project.tree()['.nanoclaw/aside/'];
    if (aside) {
      rmSync(join(project.root, '.nanoclaw/aside'), { recursive: true });
      expect(project.reports.join('\n')).toContain('made/here/it.txt was written since');
    }
    expect(project.reports.join('\n')).toMatch(/took over the lock of process \d+, which died/);
    if (isDone) {
      expect(steps.at(-1)).toMatch(/tidy up|forget how it was/);
      expect(verifySkills(project.deps).drift).toEqual([]);
      await uninstallSkill(project.deps, 'second');
    }
    expect([steps.at(-1), tree()]).toEqual([steps.at(-1), treeOf(before)]);
    expect(verifySkills(project.deps)).toMatchObject({ skills: ['first'], drift: [] });
  }
  expect(died).toBeGreaterThan(10);
});

test('uninstalling that is killed at any step is undone, or done, by the next command', async () => {
  const bare = tree();
  child('apply', 'second', 0);
  const applied = tree();
  let died = 0;
  for (let step = 1; ; step++) {
    const { isKilled } = child('uninstall', 'second', step);
    if (!isKilled) break;
    died += 1;
    await expect(uninstallSkill(project.deps, 'nothing')).rejects.toThrow('not applied');

    const isDone = verifySkills(project.deps).skills.length === 0;
    expect(tree()).toEqual(isDone ? bare : applied);
    if (isDone) child('apply', 'second', 0);
  }
  expect(died).toBeGreaterThan(6);
  expect(project.tree()).toEqual(bare);
});

test('undoing that is killed in the middle is taken up again', async () => {
  const before = project.tree();
  const { steps } = child('apply', 'second', 0);
  child('uninstall', 'second', 0);
  const late = steps.findIndex((step) => step.startsWith('test ')) + 1;
  expect(late).toBeGreaterThan(5);
  child('apply', 'second', late);
  let died = 0;
  for (let step = 1; child('uninstall', 'nothing', step).isKilled; step++) died += 1;

  expect(died).toBeGreaterThan(3);
  rmSync(join(project.root, '.nanoclaw'), { recursive: true, force: true });
  expect(project.tree()).toEqual(before);
});

test('what was written since a command was killed is put aside, and said', async () => {
  const { steps } = child('apply', 'first', 0);
  child('uninstall', 'first', 0);
  child('apply', 'first', steps.indexOf('write the state') + 1);
  project.write('docs/list.md', 'my own words\n');

  await applySkill(project.deps, { name: 'first', groups: [] });

  const [line = ''] = project.reports.filter((report) => report.includes('docs/list.md was written since'));
  const place = line.split('it is now in ')[1] ?? '';
  expect(project.read(place)).toBe('my own words\n');
  expect(project.read('docs/list.md')).toBe('# List\n\n- one\n- first\n- end\n');
});
