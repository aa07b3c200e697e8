import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { EngineDeps } from '@nanoclaw/skills/engine.js';
import { readSkillPackage } from '@nanoclaw/skills/package-files.js';
import type { FeaturePackage } from '@nanoclaw/skills/skill-package.js';
import { treeOf } from './small-project.ts';

export const ROOT = join(import.meta.dirname, '../..');
const CATALOGUE = join(ROOT, '.claude', 'skills');

/** Every feature skill of the catalogue, found by walking; a broken one fails here. */
export function featureSkills(): FeaturePackage[] {
  const names = readdirSync(CATALOGUE).filter((name) => existsSync(join(CATALOGUE, name, 'manifest.yaml')));
  return names.sort().flatMap((name) => {
    const skill = readSkillPackage(join(CATALOGUE, name));
    return skill.kind === 'feature' ? [skill] : [];
  });
}

export interface CheckoutCopy {
  readonly root: string;
  readonly deps: EngineDeps;
  /** Runs a program of the copy; fails with what it printed. */
  run(program: string, ...words: string[]): void;
  /** All that git would see, and what it would not; but for what is installed and built. */
  tree(): Record<string, string>;
  remove(): void;
}

/** A checkout of its own with the packages of this one, for trying these skills. */
export function copyCheckout(skills: readonly FeaturePackage[]): CheckoutCopy {
  const root = mkdtempSync(join(tmpdir(), 'nanoclaw-copy-'));
  const listing = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  for (const path of listing.split('\0')) {
    if (path === '' || !lstatSync(join(ROOT, path), { throwIfNoEntry: false })?.isFile()) continue;
    mkdirSync(dirname(join(root, path)), { recursive: true });
    copyFileSync(join(ROOT, path), join(root, path));
  }
  linkPackages(
    root,
    skills.some(({ manifest }) => Object.keys(manifest.structured.npm_dependencies).length > 0),
  );
  let ids = 0;
  const environment = { ...process.env, npm_config_prefer_offline: 'true' };
  const deps: EngineDeps = {
    root,
    coreVersion: '2.0.0',
    environment,
    now: () => '2026-03-04T12:00:00.000Z',
    newId: () => `copy-${++ids}`,
    onStep: () => undefined,
    report: () => undefined,
    approve: async () => true,
  };
  return {
    root,
    deps,
    run(program, ...words) {
      const { NODE_ENV: _, VITEST: __, ...inherited } = process.env;
      const path = `${join(root, 'node_modules', '.bin')}:${process.env['PATH']}`;
      const options = { cwd: root, encoding: 'utf8', env: { ...inherited, PATH: path, NO_COLOR: '1' } } as const;
      const { status, stdout, stderr } = spawnSync(program, words, { ...options, maxBuffer: 2 ** 26 });
      if (status !== 0) throw new Error(`${program} ${words.join(' ')}: ${status}\n${stdout}\n${stderr}`.slice(-8_000));
    },
    tree: () =>
      Object.fromEntries(
        Object.entries(treeOf(root)).filter(([path]) => !/(^|\/)(dist\/|[^/]*\.tsbuildinfo$)/.test(path)),
      ),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

/**
 * Every package by a link, but for the workspaces, which are the copy's own. Where npm will install something it needs
 * folders of its own: hard links cost no room, and what npm writes in place is copied.
 */
function linkPackages(root: string, installs: boolean): void {
  const from = join(ROOT, 'node_modules');
  const to = join(root, 'node_modules');
  const lock = '.package-lock.json';
  if (installs) {
    if (spawnSync('cp', ['-al', from, to]).status !== 0) {
      rmSync(to, { recursive: true, force: true });
      cpSync(from, to, { recursive: true, verbatimSymlinks: true });
    }
    rmSync(join(to, lock), { force: true });
    // Left by other runs of vitest; two runs must not share them.
    for (const cache of ['.vite', '.vitest', '.cache']) rmSync(join(to, cache), { recursive: true, force: true });
  } else {
    mkdirSync(to);
    const names = readdirSync(from).filter((name) => name === '.bin' || !/^\.|^@nanoclaw$/.test(name));
    for (const name of names) symlinkSync(join(from, name), join(to, name));
    cpSync(join(from, '@nanoclaw'), join(to, '@nanoclaw'), { recursive: true, verbatimSymlinks: true });
  }
  copyFileSync(join(from, lock), join(to, lock));
}
