import { findSkill } from './catalogue.ts';
import { showCommand } from './commands.ts';
import type { EngineDeps } from './engine.ts';
import type { Manifest } from './manifest.ts';
import type { SkillPackage } from './skill-package.ts';
import { readState } from './state-files.ts';

export interface ShownSkill {
  readonly name: string;
  readonly kind: SkillPackage['kind'];
  readonly description: string;
  readonly isApplied: boolean;
  readonly lines: readonly string[];
  readonly manifest?: Manifest;
}

/** A skill for people: what kind it is, and all that it would do. */
export function showSkill({ root, coreVersion }: Pick<EngineDeps, 'root' | 'coreVersion'>, name: string): ShownSkill {
  const skill = findSkill(root, name);
  const isApplied = readState(root, coreVersion).layers.some((layer) => layer.name === name);
  const lines = [...linesOf(skill), ...(isApplied ? ['It is applied.'] : [])];
  const { kind, description } = skill;
  return {
    name,
    kind,
    description,
    isApplied,
    lines,
    ...(skill.kind === 'feature' ? { manifest: skill.manifest } : {}),
  };
}

function linesOf(skill: SkillPackage): string[] {
  switch (skill.kind) {
    case 'guide':
      return [`A guide: open Claude Code in the checkout and type /${skill.name}.`];
    case 'container':
      return [`For agents: nanoclaw skills apply ${skill.name} [--group <folder>…]`];
    case 'feature':
      return featureLines(skill.manifest);
  }
}

function featureLines(manifest: Manifest): string[] {
  const { structured } = manifest;
  const rows: [string, readonly string[]][] = [
    ['version', [manifest.version]],
    ['for NanoClaw', [manifest.core_version]],
    ['needs', manifest.depends],
    ['not with', manifest.conflicts],
    ['adds', manifest.adds],
    ['changes', manifest.modifies.map(({ path }) => path)],
    [
      'moves',
      manifest.file_ops.map((wish) => (wish.op === 'delete' ? `${wish.path}: deleted` : `${wish.from} to ${wish.to}`)),
    ],
    ['npm', Object.entries(structured.npm_dependencies).map(([name, { version }]) => `${name} ${version}`)],
    ['settings', structured.env_additions.map(({ name, description }) => `${name}: ${description}`)],
    ['Debian', structured.container_packages],
    ['runs', manifest.post_apply.map(showCommand)],
    ['test', manifest.test ? [showCommand(manifest.test)] : []],
  ];
  return rows.flatMap(([title, values]) =>
    values.map((value, index) => `${(index === 0 ? title : '').padEnd(14)}${value}`),
  );
}
