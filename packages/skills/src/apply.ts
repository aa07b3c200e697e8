import { findSkill } from './catalogue.ts';
import { type EngineDeps, withSkills } from './engine.ts';
import type { Layer } from './layers.ts';
import type { Plan, SkillRuns } from './plan.ts';
import { planChange } from './plan-change.ts';
import { refusal, SkillError } from './skill-error.ts';
import type { SkillPackage } from './skill-package.ts';
import type { State } from './state.ts';
import { type KnownLayer, loadLayers } from './stored-layers.ts';
import { carryOutIfApproved, type Outcome } from './transaction.ts';
import { isInRange, parseVersion } from './versions.ts';

export interface ApplyWish {
  readonly name: string;
  /** Folders of the groups whose agents get a skill for agents; none for all. */
  readonly groups: readonly string[];
  /** Leaves the skill's own test out. */
  readonly skipsTest?: boolean;
}

/** Lays a skill over the core, or another version of it in its place. */
export async function applySkill(deps: EngineDeps, wish: ApplyWish): Promise<Outcome> {
  return withSkills(deps, async (state) => {
    const plan = planApply(deps, state, wish);
    return carryOutIfApproved(deps, plan, state);
  });
}

function planApply(deps: EngineDeps, state: State, { name, groups, skipsTest }: ApplyWish): Plan {
  const skill = findSkill(deps.root, name);
  const problems = whyNot(deps, state, { skill, groups });
  if (problems.length > 0) throw refusal(`cannot apply ${name}`, problems);
  const layers = loadLayers(deps.root, state);
  const layer: Layer = { kind: 'skill', package: skill, groups };
  const fresh: KnownLayer = { layer, appliedAt: deps.now(), generated: new Map() };
  const place = layers.findIndex((known) => known.layer.kind === 'skill' && known.layer.package.name === name);
  const old = layers[place];
  if (old && isSamePackage(old.layer, layer))
    throw new SkillError('skill-refused', `${name} is applied already, as it is in the catalogue`);
  const version = skill.kind === 'feature' ? ` ${skill.manifest.version}` : '';
  return planChange({
    root: deps.root,
    state,
    what: `apply ${name}${version}`,
    layers: old ? layers.with(place, fresh) : [...layers, fresh],
    runs: [skipsTest ? { ...runsOf(skill), test: undefined } : runsOf(skill)],
  });
}

export function runsOf(skill: SkillPackage): SkillRuns {
  const { post_apply: commands = [], test } = skill.kind === 'feature' ? skill.manifest : {};
  return { skill: skill.name, commands, test };
}

function whyNot(
  deps: EngineDeps,
  state: State,
  { skill, groups }: { skill: SkillPackage; groups: readonly string[] },
): string[] {
  if (skill.kind === 'guide') {
    return [`it is a guide: there is nothing to apply. Open Claude Code in the checkout and type /${skill.name}`];
  }
  const strange = groups.filter((folder) => !/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(folder));
  const problems = strange.map(
    (folder) => `${JSON.stringify(folder)} is no folder of a group: see nanoclaw groups list`,
  );
  if (state.customising)
    problems.push('a local change is being recorded: nanoclaw skills customise finish, or abort, first');
  if (skill.kind === 'container') return problems;
  if (groups.length > 0) problems.push('it changes the assistant as a whole: it cannot be given to single groups');
  const { manifest } = skill;
  const core = parseVersion(deps.coreVersion);
  if (core && !isInRange(core, manifest.core_version)) {
    problems.push(`it is made for NanoClaw ${manifest.core_version}, and this is ${deps.coreVersion}`);
  }
  const applied = appliedNames(state);
  for (const name of manifest.depends.filter((other) => !applied.includes(other))) {
    problems.push(`it needs ${name}: run nanoclaw skills apply ${name} first`);
  }
  for (const name of manifest.conflicts.filter((other) => applied.includes(other))) {
    problems.push(`it does not go with ${name}, which is applied: nanoclaw skills uninstall ${name} first`);
  }
  return [...problems, ...dislikes(deps, state, skill.name)];
}

export function appliedNames(state: State): string[] {
  return state.layers.flatMap((layer) => (layer.kind === 'skill' ? [layer.name] : []));
}

function dislikes(deps: EngineDeps, state: State, name: string): string[] {
  return loadLayers(deps.root, state).flatMap(({ layer }) => {
    const isAgainst =
      layer.kind === 'skill' && layer.package.kind === 'feature' && layer.package.manifest.conflicts.includes(name);
    return isAgainst ? [`${layer.package.name}, which is applied, does not go with it`] : [];
  });
}

function isSamePackage(one: Layer, other: Layer): boolean {
  if (one.kind !== 'skill' || other.kind !== 'skill') return false;
  const [a, b] = [one.package.files, other.package.files];
  const isSame = [...a].every(
    ([path, entry]) =>
      b.get(path)?.bytes.equals(entry.bytes) === true && b.get(path)?.isExecutable === entry.isExecutable,
  );
  return a.size === b.size && isSame && [...one.groups].sort().join() === [...other.groups].sort().join();
}
