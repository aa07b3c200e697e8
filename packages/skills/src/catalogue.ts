import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineDeps } from './engine.ts';
import { catalogueFolder } from './engine-places.ts';
import { readSkillPackage } from './package-files.ts';
import { SkillError } from './skill-error.ts';
import type { SkillPackage } from './skill-package.ts';
import { readState } from './state-files.ts';

export interface ListedSkill {
  readonly name: string;
  readonly kind: SkillPackage['kind'] | 'refused';
  readonly version: string | null;
  readonly description: string;
  readonly isApplied: boolean;
  /** The version that is applied, where that is another. */
  readonly appliedVersion: string | null;
}

/** Every skill of the catalogue, and those that are applied but not in it any more. */
export function listSkills({ root, coreVersion }: Pick<EngineDeps, 'root' | 'coreVersion'>): ListedSkill[] {
  const state = readState(root, coreVersion);
  const applied = new Map(
    state.layers.flatMap((layer) => (layer.kind === 'skill' ? [[layer.name, layer] as const] : [])),
  );
  const names = [...new Set([...skillNames(root), ...applied.keys()])].sort();
  return names.map((name) => {
    const layer = applied.get(name);
    const common = { name, isApplied: layer !== undefined, appliedVersion: layer?.version ?? null };
    try {
      const found = findSkill(root, name);
      const version = found.kind === 'feature' ? found.manifest.version : null;
      return { ...common, kind: found.kind, version, description: found.description };
    } catch (error) {
      if (!(error instanceof SkillError)) throw error;
      return {
        ...common,
        kind: 'refused',
        version: null,
        description: error.message.split('\n').slice(0, 2).join(' '),
      };
    }
  });
}

/** Names of the folders in the catalogue. */
export function skillNames(root: string): string[] {
  try {
    return readdirSync(catalogueFolder(root), { withFileTypes: true }).flatMap((entry) =>
      entry.name.startsWith('.') || entry.isFile() ? [] : [entry.name],
    );
  } catch {
    // There is no catalogue.
    return [];
  }
}

/** The skill of that name in the catalogue. Throws 'skill-not-found' or 'skill-refused'. */
export function findSkill(root: string, name: string): SkillPackage {
  if (!/^[a-z0-9-]{1,64}$/.test(name))
    throw new SkillError('skill-not-found', `there is no skill ${JSON.stringify(name)}: see nanoclaw skills list`);
  return readSkillPackage(join(catalogueFolder(root), name));
}
