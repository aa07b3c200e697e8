import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { EngineDeps } from '@nanoclaw/skills/engine.js';

/** What the engine knows of the core, in small. */
const CORE: Record<string, string> = {
  'package.json': `${JSON.stringify({ name: 'small', version: '2.0.0', private: true, workspaces: ['packages/*'] }, null, 2)}\n`,
  'packages/host/package.json': `${JSON.stringify({ name: 'small-host', version: '2.0.0', dependencies: {} }, null, 2)}\n`,
  '.env.example': '# Settings.\n\n# Its name.\n#NAME=Andy\n',
  '.gitignore': 'node_modules/\n.nanoclaw/\n',
  'packages/host/src/config/variables.ts': [
    "import { z } from 'zod';",
    'export const VARIABLES = z.object({',
    "  NAME: z.string().default('Andy'),",
    '});',
    '',
    'export type Variables = z.infer<typeof VARIABLES>;',
    '',
    "export const SECRET_VARIABLES = ['KEY'].concat([",
    '] as const;',
    '',
  ].join('\n'),
  'container/Dockerfile': 'RUN apt-get install -y --no-install-recommends \\\n      curl git \\\n && true\n',
  'docs/letters.md': `${'abcdefghij'.split('').join('\n\n')}\n`,
  'docs/list.md': '# List\n\n- one\n- end\n',
  'scripts/check.mjs': "import { readFileSync } from 'node:fs';\nreadFileSync('docs/list.md');\n",
};

export interface SmallProject {
  readonly root: string;
  readonly reports: string[];
  readonly plans: string[][];
  readonly steps: string[];
  readonly deps: EngineDeps;
  write(path: string, text: string, mode?: number): void;
  read(path: string): string;
  /** Makes a feature skill; SKILL.md is made, too. JSON is YAML. */
  skill(name: string, manifest: Record<string, unknown>, files?: Record<string, string>): void;
  /** Every file and folder with its bytes and mode, but for git's own and node_modules. */
  tree(): Record<string, string>;
  git(...args: string[]): string;
  /** Makes a first commit of what there is. */
  beginGit(): void;
  remove(): void;
}

export function aSmallProject(overrides: Partial<EngineDeps> = {}): SmallProject {
  const root = mkdtempSync(join(tmpdir(), 'nanoclaw-small-'));
  const reports: string[] = [];
  const plans: string[][] = [];
  const steps: string[] = [];
  let ids = 0;
  const project: SmallProject = {
    root,
    reports,
    plans,
    steps,
    deps: {
      root,
      coreVersion: '2.0.0',
      environment: process.env,
      now: () => '2026-03-04T12:00:00.000Z',
      newId: () => `id-${++ids}`,
      onStep: (step) => void steps.push(step),
      report: (line) => void reports.push(line),
      async approve(plan) {
        plans.push([plan.what, ...plan.lines]);
        return true;
      },
      ...overrides,
    },
    write(path, text, mode = 0o644) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
      chmodSync(join(root, path), mode);
    },
    read: (path) => readFileSync(join(root, path), 'utf8'),
    skill(name, manifest, files = {}) {
      const folder = `.claude/skills/${name}`;
      rmSync(join(root, folder), { recursive: true, force: true });
      project.write(`${folder}/SKILL.md`, `---\nname: ${name}\ndescription: For tests.\n---\n\n# ${name}\n`);
      const least = { skill: name, version: '1.0.0', core_version: '>=2.0.0 <3.0.0' };
      project.write(`${folder}/manifest.yaml`, JSON.stringify({ ...least, ...manifest }, null, 2));
      for (const [path, text] of Object.entries(files)) project.write(`${folder}/${path}`, text);
    },
    tree: () => treeOf(root),
    git: (...args) =>
      execFileSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.org', ...args], {
        cwd: root,
        encoding: 'utf8',
      }),
    beginGit() {
      project.git('init', '--quiet', '--initial-branch=main');
      project.git('add', '-A');
      project.git('commit', '--quiet', '-m', 'core');
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
  for (const [path, text] of Object.entries(CORE)) project.write(path, text);
  return project;
}

export function treeOf(root: string): Record<string, string> {
  const tree: Record<string, string> = {};
  const visit = (below: string): void => {
    for (const name of readdirSync(join(root, below)).sort()) {
      if (name === '.git' || name === 'node_modules') continue;
      const path = below === '' ? name : `${below}/${name}`;
      const stat = lstatSync(join(root, path));
      const mode = (stat.mode & 0o777).toString(8);
      if (stat.isDirectory()) {
        tree[`${path}/`] = mode;
        visit(path);
      } else if (stat.isFile()) {
        tree[path] = `${mode} ${createHash('sha256')
          .update(readFileSync(join(root, path)))
          .digest('hex')}`;
      } else tree[path] = 'special';
    }
  };
  visit('');
  return tree;
}
