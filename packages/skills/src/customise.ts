import { type EngineDeps, withSkills } from './engine.ts';
import type { CustomFile } from './layers.ts';
import { SKILL_NAME } from './manifest.ts';
import { planChange } from './plan-change.ts';
import { SkillError } from './skill-error.ts';
import type { State } from './state.ts';
import { keepObject, readObject, tidyEngineFolder, writeState } from './state-files.ts';
import { loadLayers } from './stored-layers.ts';
import { LOCK_FILE } from './structured-changes.ts';
import { carryOutIfApproved, type Outcome } from './transaction.ts';
import { type Entry, isSameEntry } from './tree.ts';
import { watchProject } from './watch-files.ts';

/** Notes how the project is, so that what is changed from now on can be recorded. Gives the number of files noted. */
export async function startCustomising(deps: EngineDeps): Promise<number> {
  return withSkills(deps, async (state) => {
    if (state.customising) {
      throw new SkillError(
        'skill-refused',
        `a local change is being recorded since ${state.customising.at}: finish or abort it first`,
      );
    }
    const files = Object.fromEntries(
      [...watchProject(deps.root)].map(([path, entry]) => [path, keepObject(deps.root, entry)]),
    );
    writeState(deps.root, { ...state, customising: { at: deps.now(), files } });
    return Object.keys(files).length;
  });
}

/** Records what was changed since the start as a change that updates carry along, and that can be uninstalled. */
export async function finishCustomising(deps: EngineDeps, name: string): Promise<Outcome> {
  return withSkills(deps, async (state) => {
    refuseName(state, name);
    const files = changedFiles(deps.root, state);
    if (files.length === 0) throw new SkillError('skill-refused', 'no file was changed since customise start');
    const layer = { kind: 'custom', name, files } as const;
    const core = new Map(files.flatMap(({ path, before }) => (state.files[path] ? [] : [[path, before] as const])));
    const layers = [...loadLayers(deps.root, state), { layer, appliedAt: deps.now(), generated: new Map() }];
    const ended = { ...state, customising: null };
    const plan = planChange({
      root: deps.root,
      state: ended,
      what: `record ${name}`,
      layers,
      runs: [],
      core,
      isBare: true,
    });
    const recorded = { ...plan, lines: files.map(({ path }) => `record    ${path}`) };
    return carryOutIfApproved(deps, recorded, ended);
  });
}

/** Forgets the start. Files stay as they are. */
export async function abortCustomising(deps: EngineDeps): Promise<void> {
  return withSkills(deps, async (state) => {
    if (!state.customising) throw new SkillError('skill-refused', 'no local change is being recorded');
    const ended = { ...state, customising: null };
    writeState(deps.root, ended);
    tidyEngineFolder(deps.root, ended);
  });
}

function refuseName(state: State, name: string): void {
  if (!state.customising)
    throw new SkillError(
      'skill-refused',
      'no local change is being recorded: nanoclaw skills customise start begins it',
    );
  const parsed = SKILL_NAME.safeParse(name);
  if (!parsed.success)
    throw new SkillError('skill-refused', `the name ${JSON.stringify(name)} ${parsed.error.issues[0]?.message}`);
  if (state.layers.some((layer) => layer.name === name))
    throw new SkillError('skill-refused', `there is a skill or a change ${name} already`);
}

function changedFiles(root: string, state: State): CustomFile[] {
  const now = watchProject(root);
  const before = new Map<string, Entry>();
  for (const [path, reference] of Object.entries(state.customising?.files ?? {}))
    before.set(path, readObject(root, reference));
  // The lock file is npm's: it follows from the package.json files.
  return [...new Set([...before.keys(), ...now.keys()])].sort().flatMap((path) => {
    const isChanged = path !== LOCK_FILE && !isSameEntry(before.get(path), now.get(path));
    return isChanged ? [{ path, before: before.get(path), after: now.get(path) }] : [];
  });
}
