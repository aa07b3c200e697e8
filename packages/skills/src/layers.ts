import type { Manifest } from './manifest.ts';
import { mergeThree } from './merge-files.ts';
import type { FeaturePackage, SkillPackage } from './skill-package.ts';
import { structuredChanges } from './structured-changes.ts';
import { applyEdits } from './text-edits.ts';
import { type Entry, overlay, type ReadEntry, textEntry } from './tree.ts';
import { applyPatch } from './unified-patch.ts';

/** What lies over the core, in order: skills, and local changes that were recorded. */
export type Layer =
  | { readonly kind: 'skill'; readonly package: SkillPackage; readonly groups: readonly string[] }
  | { readonly kind: 'custom'; readonly name: string; readonly files: readonly CustomFile[] };

export interface CustomFile {
  readonly path: string;
  readonly before: Entry | undefined;
  readonly after: Entry | undefined;
}

/** Where a change has no place. */
export interface Conflict {
  readonly layer: string;
  readonly path: string;
  readonly why: string;
}

export interface Composition {
  readonly files: ReadonlyMap<string, Entry | undefined>;
  readonly conflicts: readonly Conflict[];
  /** Which layer touched which path, in order. */
  readonly touched: ReadonlyMap<string, readonly string[]>;
}

type Step = { path: string; make: (now: Entry | undefined) => { entry: Entry | undefined } | { problem: string } };

/** The core with all layers over it: only the files that some layer touches. Pure but for git's merging. */
export function compose(base: ReadEntry, layers: readonly Layer[]): Composition {
  const files = new Map<string, Entry | undefined>();
  const conflicts: Conflict[] = [];
  const touched = new Map<string, string[]>();
  const read = overlay(base, files);
  for (const layer of layers) {
    const name = nameOf(layer);
    for (const { path, make } of stepsOf(layer, read)) {
      const made = make(read(path));
      if ('problem' in made) conflicts.push({ layer: name, path, why: made.problem });
      else files.set(path, made.entry);
      const by = touched.get(path) ?? [];
      if (!by.includes(name)) touched.set(path, [...by, name]);
    }
  }
  return { files, conflicts, touched };
}

export function nameOf(layer: Layer): string {
  return layer.kind === 'skill' ? layer.package.name : layer.name;
}

function stepsOf(layer: Layer, read: ReadEntry): Step[] {
  if (layer.kind === 'custom') return layer.files.map(customStep);
  switch (layer.package.kind) {
    case 'guide':
      return [];
    case 'container':
      return agentSkillSteps(layer.package, layer.groups);
    case 'feature':
      return featureSteps(layer.package, read);
  }
}

function customStep({ path, before, after }: CustomFile): Step {
  return {
    path,
    make(now) {
      const merged = mergeThree({ ours: now, base: before, theirs: after });
      return merged.kind === 'clean' ? { entry: merged.entry } : { problem: merged.what };
    },
  };
}

/** Where agents find skills, and the file that names the groups which get one. */
export const AGENT_SKILLS = 'container/skills';
export const GROUPS_FILE = 'groups.json';

function agentSkillSteps({ name, files }: SkillPackage, groups: readonly string[]): Step[] {
  const all = new Map(files);
  if (groups.length > 0) all.set(GROUPS_FILE, textEntry(`${JSON.stringify([...groups].sort())}\n`));
  return [...all].map(([path, entry]) => addStep(`${AGENT_SKILLS}/${name}/${path}`, entry));
}

function addStep(path: string, entry: Entry): Step {
  return { path, make: (now) => (now ? { problem: 'there is a file already' } : { entry }) };
}

/** File operations come first, as they did in version 1; then new files, changed files, and what is structured. */
function featureSteps({ manifest, files }: FeaturePackage, read: ReadEntry): Step[] {
  return [
    ...manifest.file_ops.flatMap((wish) => operationSteps(wish, read)),
    ...manifest.adds.flatMap((path) => {
      const entry = files.get(`add/${path}`);
      return entry ? [addStep(path, entry)] : [];
    }),
    ...manifest.modifies.map((wish) => modificationStep(wish, files)),
    ...structuredChanges(manifest).map(({ path, change }) => textStep(path, change)),
  ];
}

function operationSteps(wish: Manifest['file_ops'][number], read: ReadEntry): Step[] {
  const from = wish.op === 'delete' ? wish.path : wish.from;
  const moved = read(from);
  const leave: Step = {
    path: from,
    make: (now) => (now ? { entry: undefined } : { problem: 'there is no such file' }),
  };
  return wish.op === 'delete' || !moved ? [leave] : [leave, addStep(wish.to, moved)];
}

function modificationStep(wish: Manifest['modifies'][number], files: ReadonlyMap<string, Entry>): Step {
  const { path } = wish;
  if ('edits' in wish) return textStep(path, (text) => applyEdits(text, wish.edits));
  const patch = files.get(`modify/${path}.patch`);
  if (patch) return textStep(path, (text) => applyPatch(text, patch.bytes.toString('utf8')));
  return customStep({ path, before: files.get(`base/${path}`), after: files.get(`modify/${path}`) });
}

function textStep(path: string, change: (text: string) => { text: string } | { problem: string }): Step {
  return {
    path,
    make(now) {
      if (!now) return { problem: 'there is no such file' };
      const result = change(now.bytes.toString('utf8'));
      return 'problem' in result ? result : { entry: textEntry(result.text, now.isExecutable) };
    },
  };
}
