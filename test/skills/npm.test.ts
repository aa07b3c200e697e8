import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applySkill } from '@nanoclaw/skills/apply.js';
import type { EngineDeps } from '@nanoclaw/skills/engine.js';
import { uninstallSkill } from '@nanoclaw/skills/uninstall.js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { aSmallProject, type SmallProject } from './small-project.ts';

let folder: string;
let registry: Server;
let project: SmallProject;
let deps: EngineDeps;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nanoclaw-npm-'));
  registry = createServer((request, response) =>
    answer(request.url ?? '', (status, body) => response.writeHead(status).end(body)),
  );
  registry.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve));
  project = aSmallProject();
  const environment = { ...process.env, npm_config_registry: address(), npm_config_cache: join(folder, 'cache') };
  deps = { ...project.deps, environment };
  execFileSync('npm', ['install', '--package-lock-only', '--no-audit', '--no-fund'], {
    cwd: project.root,
    env: environment,
    stdio: 'pipe',
  });
});
afterEach(async () => {
  project.remove();
  registry.closeAllConnections();
  await new Promise((resolve) => registry.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

function address(): string {
  const at = registry.address();
  return typeof at === 'object' && at ? `http://127.0.0.1:${at.port}/` : '';
}

/** Speaks what npm asks of a registry: a document for each package, and its archive. `greet-words` has a script of its own. */
function answer(url: string, reply: (status: number, body: string | Buffer) => void): void {
  const name = decodeURIComponent(url.slice(1).split('/')[0] ?? '');
  if (!['greet-words', 'sum-words'].includes(name)) {
    reply(404, '{}');
    return;
  }
  const archive = archiveOf(name);
  if (url.endsWith('.tgz')) {
    reply(200, archive);
    return;
  }
  const integrity = `sha512-${createHash('sha512').update(archive).digest('base64')}`;
  const version = { ...descriptionOf(name), dist: { tarball: `${address()}${name}/-/${name}-1.2.0.tgz`, integrity } };
  reply(200, JSON.stringify({ name, 'dist-tags': { latest: '1.2.0' }, versions: { '1.2.0': version } }));
}

function descriptionOf(name: string) {
  return {
    name,
    version: '1.2.0',
    main: 'index.js',
    scripts: { postinstall: "node -e \"require('fs').writeFileSync('script-ran', '')\"" },
  };
}

function archiveOf(name: string): Buffer {
  const file = join(folder, `${name}.tgz`);
  if (!existsSync(file)) {
    mkdirSync(join(folder, name, 'package'), { recursive: true });
    writeFileSync(join(folder, name, 'package/package.json'), JSON.stringify(descriptionOf(name)));
    writeFileSync(join(folder, name, 'package/index.js'), 'module.exports = 1;\n');
    execFileSync('tar', ['-czf', file, '-C', join(folder, name), 'package']);
  }
  return readFileSync(file);
}

const installed = (name: string, file = 'index.js') => existsSync(join(project.root, 'node_modules', name, file));

test('packages come from the registry, none of their scripts runs, and both files of npm come back byte for byte', async () => {
  project.skill('greets', { structured: { npm_dependencies: { 'greet-words': '^1.0.0' } } });
  project.skill('sums', { structured: { npm_dependencies: { 'sum-words': '1.2.0', 'greet-words': '^1.1.0' } } });
  const before = project.tree();

  await applySkill(deps, { name: 'greets', groups: [] });
  expect(project.plans.at(-1)).toEqual([
    'apply greets 1.0.0',
    'change    packages/host/package.json',
    'npm       greet-words ^1.0.0',
    'run       npm install --ignore-scripts',
  ]);
  expect(project.read('packages/host/package.json')).toContain('  "dependencies": {\n    "greet-words": "^1.0.0"\n  }');
  expect([installed('greet-words'), installed('greet-words', 'script-ran')]).toEqual([true, false]);
  const between = project.tree();

  await applySkill(deps, { name: 'sums', groups: [] });
  expect(project.read('packages/host/package.json')).toContain('"greet-words": "^1.1.0",\n    "sum-words": "1.2.0"');
  expect(installed('sum-words')).toBe(true);
  await uninstallSkill(deps, 'sums');
  const withoutState = (tree: Record<string, string>) =>
    Object.entries(tree).filter(([path]) => !path.startsWith('.nanoclaw'));
  expect(withoutState(project.tree())).toEqual(withoutState(between));
  expect(installed('sum-words')).toBe(false);

  await uninstallSkill(deps, 'greets');
  expect(project.tree()).toEqual(before);
  expect(installed('greet-words')).toBe(false);
});

test('a package that cannot be had undoes everything, and says what npm said', async () => {
  project.skill(
    'bad',
    { adds: ['docs/new.md'], structured: { npm_dependencies: { 'no-such-words': '1.0.0' } } },
    { 'add/docs/new.md': 'x' },
  );
  const before = project.tree();
  await expect(applySkill(deps, { name: 'bad', groups: [] })).rejects.toThrow(
    /everything is as it was before: npm install [\s\S]*no-such-words/,
  );
  expect(project.tree()).toEqual(before);
});

test('a test that fails after packages were installed takes them away again', async () => {
  project.skill('bad', {
    structured: { npm_dependencies: { 'greet-words': '1.2.0' } },
    test: ['node', 'scripts/none.mjs'],
  });
  const before = project.tree();
  await expect(applySkill(deps, { name: 'bad', groups: [] })).rejects.toThrow('node scripts/none.mjs failed');
  expect(project.tree()).toEqual(before);
  expect(installed('greet-words')).toBe(false);
});

test('two versions of a package that do not go together are refused', async () => {
  project.write(
    'packages/host/package.json',
    project
      .read('packages/host/package.json')
      .replace('"dependencies": {}', '"dependencies": { "greet-words": "2.0.0" }'),
  );
  project.skill('bad', { structured: { npm_dependencies: { 'greet-words': '^1.0.0' } } });
  await expect(applySkill(deps, { name: 'bad', groups: [] })).rejects.toThrow(
    'has greet-words 2.0.0 already, which does not go with ^1.0.0',
  );
});
