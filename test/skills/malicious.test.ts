import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { applySkill } from '@nanoclaw/skills/apply.js';
import { LIMITS } from '@nanoclaw/skills/limits.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { aSmallProject, type SmallProject } from './small-project.ts';

let project: SmallProject;
beforeEach(() => {
  project = aSmallProject();
});
afterEach(() => project.remove());

/** Refused with these words, before anything was shown, run or changed. */
async function refused(words: string | RegExp, name = 'bad'): Promise<void> {
  const before = project.tree();
  await refusedAtOnce(words, name);
  expect(project.tree()).toEqual(before);
}

async function refusedAtOnce(words: string | RegExp, name = 'bad'): Promise<void> {
  await expect(applySkill(project.deps, { name, groups: [] })).rejects.toThrow(words);
  expect(project.plans).toEqual([]);
  expect(project.steps).toEqual([]);
}

describe('a path', () => {
  test.each([
    ['that leaves the project', '../outside.ts', 'leaves the project'],
    ['that leaves it in the middle', 'docs/../../outside.ts', 'leaves the project'],
    ['that is absolute', '/etc/passwd', 'is absolute'],
    ['of another system', 'C:/windows/x', 'is absolute'],
    ['with a backslash', 'docs\\..\\x', 'other characters'],
    ['with an empty part', 'docs//x', 'other characters'],
    ['of git', '.git/hooks/post-checkout', 'hidden part'],
    ['of git below', 'docs/.git/config', 'hidden part'],
    ['of the secrets', '.env', 'hidden part'],
    ['of the settings of Claude Code', '.claude/settings.json', 'hidden part'],
    ['of the servers of Claude Code', '.mcp.json', 'hidden part'],
    ['of the settings of npm', '.npmrc', 'hidden part'],
    ['of the engine', '.nanoclaw/skills-state.json', 'hidden part'],
    ['of the database', 'store/messages.db', 'is in store/'],
    ['of the host', 'data/nanoclaw.sock', 'is in data/'],
    ['of a group', 'groups/main/CLAUDE.md', 'is in groups/'],
    ['of a group in capitals', 'GROUPS/main/notes.md', 'is in groups/'],
    ['of installed packages', 'packages/host/node_modules/x/index.js', 'is in node_modules'],
    ['of what npm installs', 'packages/host/package.json', 'decides what npm installs'],
    ['of what npm installs, in capitals', 'Package.json', 'decides what npm installs'],
    ['of the lock file', 'package-lock.json', 'decides what npm installs'],
    ['of orders to agents', 'CLAUDE.md', 'is read by agents as orders'],
    ['in letters that look like others', 'docs/ѕkills.md', 'other characters'],
    ['with a letter that is not seen', 'docs/sk​ills.md', 'other characters'],
    ['that ends with a dot', 'docs/skills.md.', 'ends with a dot'],
    [
      'that is too long',
      `docs/${'x'.repeat(LIMITS.pathCharacters)}`,
      `longer than ${LIMITS.pathCharacters} characters`,
    ],
    ['that is too deep', `${'x/'.repeat(LIMITS.pathDepth)}x`, `deeper than ${LIMITS.pathDepth} folders`],
  ])('%s is refused wherever it is named', async (_, path, words) => {
    project.skill('bad', { adds: [path] });
    await refusedAtOnce(words);
    project.skill('bad', { modifies: [{ path, edits: [{ after: 'x', insert: 'y' }] }] });
    await refusedAtOnce(words);
    project.skill('bad', { file_ops: [{ op: 'move', from: 'docs/list.md', to: path }] });
    await refusedAtOnce(words);
    project.skill('bad', { file_ops: [{ op: 'delete', path }] });
    await refusedAtOnce(words);
  });

  test('that differs from another only in the case of its letters is refused', async () => {
    project.skill('bad', { adds: ['docs/LIST.md'] }, { 'add/docs/LIST.md': 'x' });
    await refused('differs from docs/list.md, which exists, only in upper and lower case');
  });

  test('that is named twice is refused, also in other letters', async () => {
    project.skill('bad', { adds: ['docs/new.md', 'docs/NEW.md'] }, { 'add/docs/new.md': 'x', 'add/docs/NEW.md': 'x' });
    await refused('named more than once');
  });
});

describe('in the package', () => {
  const folder = () => join(project.root, '.claude/skills/bad');

  test('a symbolic link is refused', async () => {
    project.skill('bad', { adds: ['docs/new.md'] });
    mkdirSync(join(folder(), 'add/docs'), { recursive: true });
    symlinkSync('/etc/passwd', join(folder(), 'add/docs/new.md'));
    await refused('add/docs/new.md is a symbolic link');
  });

  test('a folder that is a symbolic link is refused', async () => {
    project.skill('bad', { adds: ['docs/new.md'] });
    symlinkSync('/etc', join(folder(), 'add'));
    await refused('add is a symbolic link');
  });

  test('the package as a whole being a symbolic link is refused', async () => {
    project.skill('bad', {});
    renameSync(folder(), join(project.root, 'elsewhere'));
    symlinkSync(join(project.root, 'elsewhere'), folder());
    await refused('is a symbolic link');
  });

  test('a named pipe is refused, and not waited for', async () => {
    project.skill('bad', {});
    execFileSync('mkfifo', [join(folder(), 'pipe')]);
    await refused('pipe is a named pipe');
  });

  test('a socket is refused', async () => {
    project.skill('bad', {});
    const server = createServer().listen(join(folder(), 's'));
    await new Promise((resolve) => server.once('listening', resolve));
    await refused('s is a socket');
    await new Promise((resolve) => server.close(resolve));
  });

  test('a device is refused', async (context) => {
    project.skill('bad', {});
    try {
      execFileSync('mknod', [join(folder(), 'device'), 'c', '1', '5'], { stdio: 'pipe' });
    } catch {
      // Who may not make a device cannot be given one by unpacking either; then the rule is shown with /dev itself.
      symlinkSync('/dev/zero', join(folder(), 'device'));
      context.annotate('this user may not make devices');
    }
    await refused(/device is a (device|symbolic link)/);
  });

  test('a file that no manifest names is refused', async () => {
    project.skill('bad', {}, { 'add/docs/hidden.md': 'x', 'modify/docs/list.md': 'x' });
    await refused(
      /add\/docs\/hidden\.md is not named under adds[\s\S]*docs\/list\.md, which is not named under modifies/,
    );
  });

  test('a file that is too large, and too many files, are refused', async () => {
    project.skill('bad', {}, { big: 'x'.repeat(LIMITS.fileBytes + 1) });
    await refused(`big is larger than ${LIMITS.fileBytes} bytes`);

    project.skill('bad', {});
    for (let count = 0; count < LIMITS.packageFiles; count++) writeFileSync(join(folder(), `file-${count}`), '');
    await refused(`more than ${LIMITS.packageFiles} files`);
  });

  test('a name that imitates another is refused', async () => {
    project.skill('bad', { skill: 'bаd' });
    await refused('must be lower-case words');
    await refused('there is no skill', 'bаd');
    await refused('there is no skill', '../bad');
  });
});

describe('in the tree', () => {
  test('nothing is written through a link, whether to a folder or to a file', async () => {
    symlinkSync('/tmp', join(project.root, 'docs/link'));
    project.skill('bad', { adds: ['docs/link/new.md'] }, { 'add/docs/link/new.md': 'x' });
    await refused('docs/link is a symbolic link');

    symlinkSync('list.md', join(project.root, 'docs/alias.md'));
    project.skill('bad', { modifies: [{ path: 'docs/alias.md', edits: [{ after: '- one', insert: '- x' }] }] });
    await refused('docs/alias.md is a symbolic link');
  });

  test('a pipe in the place of a file is refused, and not waited for', async () => {
    execFileSync('mkfifo', [join(project.root, 'docs/pipe.md')]);
    project.skill('bad', { modifies: [{ path: 'docs/pipe.md', edits: [{ after: 'x', insert: 'y' }] }] });
    await refused('docs/pipe.md is no plain file');
  });
});

describe('a command', () => {
  test.each([
    ['a shell', ['sh', '-c', 'true'], 'begins with "sh"'],
    ['a program by its path', ['/bin/true'], 'begins with "/bin/true"'],
    ['curl', ['curl', 'https://example.org'], 'begins with "curl"'],
    ['a program in a value', ['node', '-e', 'process.exit()'], 'has -e'],
    ['a program in a value, in the long form', ['node', '--eval=1'], 'has --eval=1'],
    ['what is loaded before', ['node', '--import', 'data:text/javascript,1', 'x.mjs'], 'has --import'],
    ['a substitution', ['node', 'x.mjs', '$(id)'], 'not read by a shell'],
    ['a substitution in backticks', ['node', 'x.mjs', '`id`'], 'not read by a shell'],
    ['two commands', ['node', 'x.mjs', '&&', 'id'], 'not read by a shell'],
    ['a pipe', ['node', 'x.mjs', '|', 'sh'], 'not read by a shell'],
    ['lines', ['node', 'x.mjs\nid'], 'not read by a shell'],
    ['what is outside', ['node', '../x.mjs'], 'leaves the project'],
    ['what is outside, absolutely', ['node', '/tmp/x.mjs'], 'leaves the project'],
    ['an installation', ['npm', 'install', 'x'], 'may only be npm run or npm test'],
    ['a package that is downloaded', ['npx', 'cowsay'], 'may run with npx only'],
    ['a text and not a list', 'node x.mjs' as unknown as string[], 'post_apply.0: expected array'],
  ])('with %s is refused after applying and as a test', async (_, words, message) => {
    project.skill('bad', { post_apply: [words] });
    await refused(message);
    if (typeof words === 'string') return;
    project.skill('bad', { test: words });
    await refused(message);
  });

  test('runs only if the plan showed it: what is written into the manifest meanwhile does not', async () => {
    project.skill('bad', { post_apply: [['node', 'scripts/check.mjs']] });
    const approve = async () => {
      project.skill('bad', { post_apply: [['node', 'scripts/evil.mjs']] });
      return true;
    };
    await applySkill({ ...project.deps, approve }, { name: 'bad', groups: [] });
    expect(project.steps.filter((step) => step.startsWith('run '))).toEqual(['run node scripts/check.mjs']);
  });

  test('sees no secret of the owner', async () => {
    project.skill(
      'bad',
      { adds: ['scripts/look.mjs'], post_apply: [['node', 'scripts/look.mjs']] },
      {
        'add/scripts/look.mjs':
          "import { writeFileSync } from 'node:fs';\nwriteFileSync('seen.txt', Object.keys(process.env).sort().join());\n",
      },
    );
    const environment = {
      ...process.env,
      ANTHROPIC_API_KEY: 'sk-secret-key',
      AWS_SECRET_ACCESS_KEY: 'x',
      NODE_OPTIONS: '--no-warnings',
    };
    await applySkill({ ...project.deps, environment }, { name: 'bad', groups: [] });
    expect(project.read('seen.txt')).toContain('PATH');
    expect(project.read('seen.txt')).not.toMatch(/ANTHROPIC|AWS|NODE_OPTIONS/);
  });
});

describe('structured changes', () => {
  test.each([
    [
      'a package from git',
      { npm_dependencies: { thing: 'git+https://example.org/x.git' } },
      'git, file, link, alias and URL are refused',
    ],
    [
      'a package from GitHub',
      { npm_dependencies: { thing: 'somebody/thing' } },
      'git, file, link, alias and URL are refused',
    ],
    [
      'a package from a folder',
      { npm_dependencies: { thing: 'file:../thing' } },
      'git, file, link, alias and URL are refused',
    ],
    [
      'a package from an address',
      { npm_dependencies: { thing: 'https://example.org/x.tgz' } },
      'git, file, link, alias and URL are refused',
    ],
    [
      'a package under another name',
      { npm_dependencies: { thing: 'npm:other@1.0.0' } },
      'git, file, link, alias and URL are refused',
    ],
    ['whatever version there is', { npm_dependencies: { thing: '*' } }, 'git, file, link, alias and URL are refused'],
    ['a package whose name imitates', { npm_dependencies: { crоner: '1.0.0' } }, 'no name of a package'],
    ['a package whose name is a path', { npm_dependencies: { '../thing': '1.0.0' } }, 'no name of a package'],
    [
      'a package in the place of one of ours',
      { npm_dependencies: { '@nanoclaw/host': '1.0.0' } },
      'no name of a package',
    ],
    ['a setting of two lines', { env_additions: [{ name: 'MY_NAME', description: 'x\nNAME=evil' }] }, 'one line'],
    [
      'a default of two lines',
      { env_additions: [{ name: 'MY_NAME', description: 'x', default: 'a\nNAME=b' }] },
      'default',
    ],
    [
      'the name of a setting with more in it',
      { env_additions: [{ name: 'A: z.any(),\n', description: 'x' }] },
      'must be a name such as',
    ],
    ['a Debian package with more in it', { container_packages: ['curl && id'] }, 'the name of a Debian package'],
    ['a Debian package that is an option', { container_packages: ['-o=x'] }, 'the name of a Debian package'],
  ])('%s is refused', async (_, structured, words) => {
    project.skill('bad', { structured });
    await refused(words);
  });

  test('a default that would end its string stays text', async () => {
    const description = "A 'quoted' \\ text";
    project.skill('fine', {
      structured: { env_additions: [{ name: 'MY_NAME', description, default: "x'); evil('" }] },
    });
    await applySkill(project.deps, { name: 'fine', groups: [] });
    expect(project.read('packages/host/src/config/variables.ts')).toContain(".default('x\\'); evil(\\''),");
  });
});
