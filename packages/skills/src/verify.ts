import type { EngineDeps } from './engine.ts';
import { hasJournal } from './journal-files.ts';
import { readProjectFile } from './project-files.ts';
import { SkillError } from './skill-error.ts';
import { readObject, readState } from './state-files.ts';
import { hashOf } from './tree.ts';

export interface Drift {
  readonly path: string;
  readonly problem: 'changed' | 'missing' | 'there again' | 'refused';
  /** The skills that touch it. */
  readonly by: readonly string[];
}

export interface Verification {
  readonly skills: readonly string[];
  readonly files: number;
  readonly drift: readonly Drift[];
  /** A command was killed: the next one that changes skills undoes or ends it. */
  readonly isCutOff: boolean;
}

/** Compares the tree with what was applied. Throws 'skills-damaged' where the engine's own copies are not whole. */
export function verifySkills({ root, coreVersion }: Pick<EngineDeps, 'root' | 'coreVersion'>): Verification {
  const state = readState(root, coreVersion);
  for (const layer of state.layers) {
    if (layer.kind === 'skill') for (const reference of Object.values(layer.package)) readObject(root, reference);
  }
  const drift = Object.entries(state.files).flatMap(([path, { base, now, by }]): Drift[] => {
    if (base) readObject(root, base);
    const problem = compare(root, path, now);
    return problem ? [{ path, problem, by }] : [];
  });
  const skills = state.layers.map(({ name }) => name);
  return { skills, files: Object.keys(state.files).length, drift, isCutOff: hasJournal(root) };
}

function compare(
  root: string,
  path: string,
  now: { sha256: string; executable: boolean } | null,
): Drift['problem'] | undefined {
  try {
    const tree = readProjectFile(root, path);
    if (!now) return tree ? 'there again' : undefined;
    if (!tree) return 'missing';
    return hashOf(tree.bytes) === now.sha256 && tree.isExecutable === now.executable ? undefined : 'changed';
  } catch (error) {
    if (error instanceof SkillError) return 'refused';
    throw error;
  }
}
