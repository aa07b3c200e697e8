import { type EngineDeps, withSkills } from './engine.ts';
import type { Layer } from './layers.ts';
import type { Plan } from './plan.ts';
import { planChange } from './plan-change.ts';
import { refusal, SkillError } from './skill-error.ts';
import type { State } from './state.ts';
import { loadLayers } from './stored-layers.ts';
import { carryOutIfApproved, type Outcome } from './transaction.ts';

/** Takes a skill, or a recorded local change, away: everything else is laid over the core again. */
export async function uninstallSkill(deps: EngineDeps, name: string): Promise<Outcome> {
  return withSkills(deps, async (state) => {
    const plan = planUninstall(deps, state, name);
    return carryOutIfApproved(deps, plan, state);
  });
}

function planUninstall({ root }: EngineDeps, state: State, name: string): Plan {
  if (!state.layers.some((layer) => layer.name === name)) {
    throw new SkillError('skill-not-found', `${name} is not applied: see nanoclaw skills list`);
  }
  if (state.customising) {
    throw new SkillError(
      'skill-refused',
      'a local change is being recorded: nanoclaw skills customise finish, or abort, first',
    );
  }
  const layers = loadLayers(root, state);
  const needing = layers.flatMap(({ layer }) =>
    dependsOf(layer).includes(name) && layer.kind === 'skill' ? [layer.package.name] : [],
  );
  if (needing.length > 0) {
    throw refusal(
      `cannot uninstall ${name}`,
      needing.map((other) => `${other} needs it: run nanoclaw skills uninstall ${other} first`),
    );
  }
  const rest = layers.filter(({ layer }) => (layer.kind === 'skill' ? layer.package.name : layer.name) !== name);
  return planChange({ root, state, what: `uninstall ${name}`, layers: rest, runs: [] });
}

function dependsOf(layer: Layer): readonly string[] {
  return layer.kind === 'skill' && layer.package.kind === 'feature' ? layer.package.manifest.depends : [];
}
