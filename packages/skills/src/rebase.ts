import { readCoreUpdate } from './core-update.ts';
import { type EngineDeps, withSkills } from './engine.ts';
import { mergeThree } from './merge-files.ts';
import type { Plan, SkillRuns } from './plan.ts';
import { conflictError, planChange } from './plan-change.ts';
import { readProjectFile } from './project-files.ts';
import { refusal, SkillError } from './skill-error.ts';
import type { Reference, State } from './state.ts';
import { readObject } from './state-files.ts';
import { type KnownLayer, loadLayers } from './stored-layers.ts';
import { carryOutIfApproved, type Outcome } from './transaction.ts';
import { type Entry, isSameEntry } from './tree.ts';
import { isInRange, parseVersion } from './versions.ts';

/** A core that is other than what the skills were laid over. */
interface NewCore {
  readonly what: string;
  readonly files: ReadonlyMap<string, Entry | undefined>;
  /** Whether the tree has these files already, with nothing laid over them. */
  readonly isBare: boolean;
}

/**
 * Lays skills and local changes over another core. With a revision of git, the core is brought to it; without, the tree was
 * updated already, by a merge say, and what the layers lie over is worked out from it.
 */
export async function rebaseSkills(deps: EngineDeps, revision: string | undefined): Promise<Outcome> {
  return over(deps, (state) =>
    revision === undefined ? coreUnderneath(deps, state) : updatedCore(deps, state, revision),
  );
}

/** Lays all skills over a tree that has none of them: a fresh checkout, or one that was reset. */
export async function replaySkills(deps: EngineDeps): Promise<Outcome> {
  return over(deps, (state) => bareCore(deps, state));
}

async function over(deps: EngineDeps, core: (state: State) => NewCore): Promise<Outcome> {
  return withSkills(deps, async (state) => {
    if (state.customising) {
      throw new SkillError(
        'skill-refused',
        'a local change is being recorded: nanoclaw skills customise finish, or abort, first',
      );
    }
    const { what, files, isBare } = core(state);
    const layers = loadLayers(deps.root, state);
    const coreVersion = versionOf(files) ?? deps.coreVersion;
    refuseOldSkills(layers, coreVersion);
    const plan: Plan = planChange({
      root: deps.root,
      state,
      what,
      layers,
      runs: testsOf(layers),
      core: files,
      isBare,
      coreVersion,
    });
    return carryOutIfApproved(deps, plan, state);
  });
}

/** Each side of a file: of the core, in the tree, and as it was before both. */
function updatedCore({ root }: EngineDeps, state: State, revision: string): NewCore {
  const files = new Map<string, Entry | undefined>();
  const conflicts = [];
  for (const { path, before, after } of readCoreUpdate(root, revision)) {
    const known = state.files[path];
    const ours = known ? stored(root, known.base) : readProjectFile(root, path);
    const merged = mergeThree({ ours, base: before, theirs: after });
    if (merged.kind === 'clean') files.set(path, merged.entry);
    else
      conflicts.push({
        layer: known ? 'a change of yours below the skills' : 'your own change',
        path,
        why: merged.what,
      });
  }
  const what = `rebase onto ${revision}`;
  if (conflicts.length > 0) throw conflictError(what, conflicts);
  return { what, files, isBare: false };
}

/** Undoing the layers in the tree as it is gives the core below them. */
function coreUnderneath({ root }: EngineDeps, state: State): NewCore {
  const files = new Map<string, Entry | undefined>();
  const conflicts = [];
  for (const [path, { base, now }] of Object.entries(state.files)) {
    const tree = readProjectFile(root, path);
    if (isSameEntry(tree, stored(root, now))) continue;
    if (tree && /^(<{7}|>{7}) /m.test(tree.bytes.toString('utf8'))) {
      conflicts.push({ layer: 'git', path, why: 'it has conflict markers: finish the merge first' });
      continue;
    }
    const merged = mergeThree({ ours: tree, base: stored(root, now), theirs: stored(root, base) });
    if (merged.kind === 'clean') files.set(path, merged.entry);
    else conflicts.push({ layer: 'the updated core', path, why: merged.what });
  }
  const what = 'rebase onto the tree as it is';
  if (conflicts.length > 0) throw conflictError(what, conflicts);
  return { what, files, isBare: false };
}

function bareCore({ root }: EngineDeps, state: State): NewCore {
  const changed = Object.entries(state.files).flatMap(([path, { now }]) => {
    const tree = readProjectFile(root, path);
    return isSameEntry(tree, stored(root, now)) ? [] : [[path, tree] as const];
  });
  return { what: 'replay all skills', files: new Map(changed), isBare: true };
}

function stored(root: string, reference: Reference | null): Entry | undefined {
  return reference ? readObject(root, reference) : undefined;
}

function versionOf(files: ReadonlyMap<string, Entry | undefined>): string | undefined {
  const text = files.get('package.json')?.bytes.toString('utf8');
  return /^ {2}"version": "(\d+\.\d+\.\d+)"/m.exec(text ?? '')?.[1];
}

function refuseOldSkills(layers: readonly KnownLayer[], coreVersion: string): void {
  const version = parseVersion(coreVersion);
  const problems = layers.flatMap(({ layer }) => {
    if (!version || layer.kind !== 'skill' || layer.package.kind !== 'feature') return [];
    const { skill, core_version: range } = layer.package.manifest;
    if (isInRange(version, range)) return [];
    return [
      `${skill} is made for NanoClaw ${range}, and this is ${coreVersion}: uninstall it, or apply a newer version of it`,
    ];
  });
  if (problems.length > 0) throw refusal('the core cannot be updated', problems);
}

/** Commands ran when the skills were applied, and what they made is carried along; tests show whether all still works. */
function testsOf(layers: readonly KnownLayer[]): SkillRuns[] {
  return layers.flatMap(({ layer }) => {
    const test = layer.kind === 'skill' && layer.package.kind === 'feature' ? layer.package.manifest.test : undefined;
    return layer.kind === 'skill' && test ? [{ skill: layer.package.name, commands: [], test }] : [];
  });
}
