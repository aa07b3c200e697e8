import { rmSync } from 'node:fs';
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

const apply = (name: string, groups: string[] = []) => applySkill(project.deps, { name, groups });
const uninstall = (name: string) => uninstallSkill(project.deps, name);
const addToList = (line: string) => ({ path: 'docs/list.md', edits: [{ before: '- end', insert: `- ${line}` }] });

test('a feature of every form is applied as its plan says, and uninstalled without a trace', async () => {
  const letters = project.read('docs/letters.md');
  project.skill(
    'everything',
    {
      adds: ['docs/deep/er/new.md', 'scripts/tool.mjs'],
      modifies: [addToList('two'), 'docs/letters.md', 'scripts/check.mjs'],
      structured: {
        env_additions: [
          { name: 'WEATHER_TOKEN', description: 'Key of the weather.', kind: 'secret' },
          { name: 'WEATHER_HOURS', description: 'How often', kind: 'number', min: 1, max: 24, default: 6 },
        ],
        container_packages: ['tesseract-ocr', 'git'],
      },
      post_apply: [['node', 'scripts/tool.mjs', 'made.txt']],
      test: ['node', 'scripts/check.mjs'],
    },
    {
      'add/docs/deep/er/new.md': 'new\n',
      'add/scripts/tool.mjs': "import { writeFileSync } from 'node:fs';\nwriteFileSync(process.argv[2], 'made\\n');\n",
      'base/docs/letters.md': letters,
      'modify/docs/letters.md': letters.replace('c', 'C'),
      'modify/scripts/check.mjs.patch':
        "@@ -1,2 +1,3 @@\n import { readFileSync } from 'node:fs';\n+// patched\n readFileSync('docs/list.md');\n",
    },
  );
  const before = project.tree();

  await apply('everything');

  expect(project.plans).toEqual([
    [
      'apply everything 1.0.0',
      'change    .env.example',
      'change    container/Dockerfile',
      'add       docs/deep/er/new.md',
      'change    docs/letters.md',
      'change    docs/list.md',
      'change    packages/host/src/config/variables.ts',
      'change    scripts/check.mjs',
      'add       scripts/tool.mjs',
      'setting   WEATHER_TOKEN: Key of the weather.',
      'setting   WEATHER_HOURS: How often',
      'Debian    tesseract-ocr, in the image of the sandboxes (npx nanoclaw sandbox build)',
      'Debian    git, in the image of the sandboxes (npx nanoclaw sandbox build)',
      'run       node scripts/tool.mjs made.txt',
      'test      node scripts/check.mjs',
    ],
  ]);
  expect(project.read('docs/list.md')).toBe('# List\n\n- one\n- two\n- end\n');
  expect(project.read('docs/letters.md')).toContain('\nC\n');
  expect(project.read('scripts/check.mjs')).toContain('// patched');
  expect(project.read('container/Dockerfile')).toContain('recommends \\\n      tesseract-ocr \\\n      curl git');
  expect(project.read('.env.example')).toMatch(
    /# Key of the weather\.\n#WEATHER_TOKEN=\n\n# How often\.\n#WEATHER_HOURS=6\n$/,
  );
  expect(project.read('packages/host/src/config/variables.ts')).toContain(
    '  WEATHER_HOURS: wholeNumber(1, 24).default(6),\n});',
  );
  expect(project.read('packages/host/src/config/variables.ts')).toContain("  'WEATHER_TOKEN',\n] as const;");
  expect(project.read('made.txt')).toBe('made\n');
  expect(verifySkills(project.deps)).toMatchObject({ skills: ['everything'], drift: [] });

  await uninstall('everything');
  expect(project.tree()).toEqual(before);
});

test('two skills that add to one list both go without the other, in any order', async () => {
  project.skill('first', { modifies: [addToList('first')] });
  project.skill('second', { modifies: [addToList('second')] });
  const before = project.tree();
  await apply('first');
  await apply('second');
  expect(project.read('docs/list.md')).toBe('# List\n\n- one\n- first\n- second\n- end\n');

  await uninstall('first');
  expect(project.read('docs/list.md')).toBe('# List\n\n- one\n- second\n- end\n');
  await uninstall('second');
  expect(project.tree()).toEqual(before);
});

test('a file is renamed, one is deleted, and both are back afterwards', async () => {
  project.skill('moves', {
    file_ops: [
      { op: 'rename', from: 'docs/list.md', to: 'docs/lists/main.md' },
      { op: 'delete', path: 'docs/letters.md' },
    ],
  });
  const before = project.tree();
  await apply('moves');
  expect(Object.keys(project.tree()).filter((path) => path.startsWith('docs/'))).toEqual([
    'docs/',
    'docs/lists/',
    'docs/lists/main.md',
  ]);

  await uninstall('moves');
  expect(project.tree()).toEqual(before);
});

test('another version takes the place of the one that is applied', async () => {
  project.skill('words', { adds: ['docs/one.md'], modifies: [addToList('one more')] }, { 'add/docs/one.md': '1\n' });
  const bare = project.read('docs/list.md');
  await apply('words');
  await expect(apply('words')).rejects.toThrow('applied already');
  project.skill('words', { version: '1.1.0', adds: ['docs/two.md'] }, { 'add/docs/two.md': '2\n' });

  await apply('words');

  expect(Object.keys(project.tree()).filter((path) => path.startsWith('docs/'))).toEqual([
    'docs/',
    'docs/letters.md',
    'docs/list.md',
    'docs/two.md',
  ]);
  expect(project.read('docs/list.md')).toBe(bare);
});

test('it is uninstalled from the copy of the engine, also when its folder is gone', async () => {
  project.skill('words', { modifies: [addToList('more')] });
  const list = project.read('docs/list.md');
  await apply('words');
  rmSync(join(project.root, '.claude'), { recursive: true });

  await uninstall('words');
  expect(project.read('docs/list.md')).toBe(list);
});

test('a skill for agents is put where agents get skills, with the groups it is for', async () => {
  project.write(
    '.claude/skills/brief/SKILL.md',
    '---\nname: brief\ndescription: Be brief.\nmetadata:\n  kind: container\n---\n',
  );
  const before = project.tree();
  await apply('brief', ['work', 'main']);
  expect(project.read('container/skills/brief/groups.json')).toBe('["main","work"]\n');
  expect(project.plans.at(-1)).toContain('give to   work, main');

  await apply('brief');
  expect(Object.keys(project.tree()).filter((path) => path.startsWith('container/skills/brief/'))).toEqual([
    'container/skills/brief/',
    'container/skills/brief/SKILL.md',
  ]);
  await uninstall('brief');
  expect(project.tree()).toEqual(before);
});

test('changes of your own stay, whether the skill comes or goes', async () => {
  project.skill('letters', { modifies: [{ path: 'docs/letters.md', edits: [{ replace: 'c', with: 'C' }] }] });
  await apply('letters');
  project.write('docs/letters.md', project.read('docs/letters.md').replace('h', 'mine'));
  expect(verifySkills(project.deps).drift).toEqual([{ path: 'docs/letters.md', problem: 'changed', by: ['letters'] }]);
  project.skill('more', { modifies: [{ path: 'docs/letters.md', edits: [{ replace: 'e', with: 'E' }] }] });
  await apply('more');
  await uninstall('letters');
  expect(project.read('docs/letters.md').replaceAll('\n', '')).toBe('abcdEfgmineij');

  await uninstall('more');
  expect(project.read('docs/letters.md').replaceAll('\n', '')).toBe('abcdefgmineij');
});

test('what needs another skill waits for it, and is not left without it', async () => {
  project.skill('below', { adds: ['docs/below.md'] }, { 'add/docs/below.md': 'x\n' });
  project.skill('above', {
    depends: ['below'],
    conflicts: ['rival'],
    modifies: [{ path: 'docs/below.md', edits: [{ after: 'x', insert: 'y' }] }],
  });
  project.skill('rival', {});
  await expect(apply('above')).rejects.toThrow('nanoclaw skills apply below first');
  await apply('below');
  await apply('above');

  await expect(uninstall('below')).rejects.toThrow('nanoclaw skills uninstall above first');
  await expect(apply('rival')).rejects.toThrow('above, which is applied, does not go with it');
  expect(project.read('docs/below.md')).toBe('x\ny\n');
});

test.each([
  ['a core it is not made for', { core_version: '^3.0.0' }, 'made for NanoClaw ^3.0.0, and this is 2.0.0'],
  [
    'a setting that is there',
    { structured: { env_additions: [{ name: 'NAME', description: 'x' }] } },
    'there is a setting NAME already',
  ],
  [
    'a line that is not there',
    { modifies: [{ path: 'docs/list.md', edits: [{ after: '- three', insert: 'x' }] }] },
    'no line \\"- three\\"',
  ],
  [
    'text that is there twice',
    { modifies: [{ path: 'docs/list.md', edits: [{ replace: '- ', with: 'x' }] }] },
    'more than once',
  ],
  [
    'a file to change that is not there',
    { modifies: [{ path: 'docs/none.md', edits: [{ after: 'a', insert: 'x' }] }] },
    'there is no such file',
  ],
])('%s is refused, and nothing is changed', async (_, manifest, words) => {
  project.skill('bad', manifest);
  const before = project.tree();

  await expect(apply('bad')).rejects.toThrow(words.replaceAll('\\"', '"'));
  expect(project.tree()).toEqual(before);
  expect(project.plans).toEqual([]);
});

test('nothing is done before the plan was approved', async () => {
  project.skill('words', { modifies: [addToList('more')], post_apply: [['node', 'scripts/check.mjs']] });
  const before = project.tree();
  const deps = { ...project.deps, approve: async () => false };

  expect(await applySkill(deps, { name: 'words', groups: [] })).toMatchObject({ isDone: false });
  expect(project.tree()).toEqual(before);
  expect(project.steps).toEqual([]);
});
