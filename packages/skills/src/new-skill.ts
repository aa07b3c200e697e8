import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { EngineDeps } from './engine.ts';
import { catalogueFolder } from './engine-places.ts';
import { SKILL_NAME } from './manifest.ts';
import { SkillError } from './skill-error.ts';
import type { SkillPackage } from './skill-package.ts';

/** Makes the folder of a new skill that can be used as it is. Gives the paths of its files. */
export function newSkill(
  { root, coreVersion }: Pick<EngineDeps, 'root' | 'coreVersion'>,
  wish: { name: string; kind: SkillPackage['kind'] },
): string[] {
  const { name, kind } = wish;
  const parsed = SKILL_NAME.safeParse(name);
  if (!parsed.success)
    throw new SkillError('skill-refused', `the name ${JSON.stringify(name)} ${parsed.error.issues[0]?.message}`);
  const folder = join(catalogueFolder(root), name);
  if (existsSync(folder)) throw new SkillError('skill-refused', `there is a skill ${name} already: ${folder}`);
  const files = filesOf(kind, { name, coreVersion });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text, { flag: 'wx' });
  }
  return Object.keys(files).map((path) => `.claude/skills/${name}/${path}`);
}

interface Facts {
  readonly name: string;
  readonly coreVersion: string;
}

function filesOf(kind: SkillPackage['kind'], facts: Facts): Record<string, string> {
  switch (kind) {
    case 'guide':
      return { 'SKILL.md': guide(facts.name) };
    case 'container':
      return { 'SKILL.md': forAgents(facts.name) };
    case 'feature':
      return feature(facts);
  }
}

function guide(name: string): string {
  return `---
name: ${name}
description: Say here what this does, and when the owner would want it.
---

# ${titleOf(name)}

1. Say what to look at first, and what to run.
2. Say what to do next, and how one sees that it worked.
`;
}

function forAgents(name: string): string {
  return `---
name: ${name}
description: Say here what this teaches the agent, and when to read it.
metadata:
  kind: container
---

# ${titleOf(name)}

Say what to do, in a few lines, with the commands to run.
`;
}

function feature({ name, coreVersion }: Facts): Record<string, string> {
  const words = `greeting-of-${name}`;
  const file = `packages/host/src/messages/${words}`;
  const [major = '2'] = coreVersion.split('.');
  return {
    'SKILL.md': `---
name: ${name}
description: Say here what this changes, and when the owner would want it.
---

# ${titleOf(name)}

1. \`npx nanoclaw skills apply ${name}\`
2. Say what to set, what to start, and how one sees that it works.

Away again: \`npx nanoclaw skills uninstall ${name}\`.
`,
    'manifest.yaml': `# docs/skills.md explains every field.
skill: ${name}
version: 1.0.0
core_version: ">=${coreVersion} <${Number(major) + 1}.0.0"
adds:
  - ${file}.ts
  - ${file}.test.ts
# modifies:
#   - path: packages/host/src/app-rules.ts
#     edits:
#       - after: a line that is there once
#         insert: the lines to put behind it
# structured:
#   env_additions:
#     - { name: MY_TOKEN, description: Key of the service., kind: secret }
test: [npx, vitest, run, --project, unit, ${file}.test.ts]
`,
    [`add/${file}.ts`]: `/** What this skill says. Put its real work here, and call it from where it is needed. */
export function greeting(name: string): string {
  return \`Hello \${name}\`;
}
`,
    [`add/${file}.test.ts`]: `import { expect, test } from 'vitest';
import { greeting } from './${words}.ts';

test('everybody is greeted by name', () => {
  expect(greeting('Ada')).toBe('Hello Ada');
});
`,
  };
}

function titleOf(name: string): string {
  const words = name.replaceAll('-', ' ');
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}
