import { applySkill } from '@nanoclaw/skills/apply.js';
import type { FeaturePackage } from '@nanoclaw/skills/skill-package.js';
import { uninstallSkill } from '@nanoclaw/skills/uninstall.js';
import { verifySkills } from '@nanoclaw/skills/verify.js';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type CheckoutCopy, copyCheckout, featureSkills } from './checkout-copy.ts';
import { changedBy, checkTypes, runTestsBeside, withNeeds } from './each-feature.ts';

const PAIRS = 2;
const SEED = Number(process.env['NANOCLAW_SKILLS_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

const all = featureSkills();
let copy: CheckoutCopy;
beforeAll(() => {
  process.stderr.write(`pairs of skills: NANOCLAW_SKILLS_SEED=${SEED}\n`);
  copy = copyCheckout(all);
});
afterEach(async () => {
  for (const name of applied().toReversed()) await uninstallSkill(copy.deps, name);
});
afterAll(() => copy.remove());

/** Their own tests run where each is applied by itself; here they would run again for every pair. */
async function applyAll(names: readonly string[]): Promise<string[]> {
  const changed: string[] = [];
  for (const name of names)
    changed.push(...changedBy(await applySkill(copy.deps, { name, groups: [], skipsTest: true })));
  return changed;
}

for (const [one, other] of pairs(SEED)) {
  test(`${one.name} and ${other.name} go together, and either goes without the other (seed ${SEED})`, async () => {
    const before = copy.tree();
    const names = [...new Set([...withNeeds(one, all), ...withNeeds(other, all)])];
    const changed = await applyAll(names);
    expect(verifySkills(copy.deps).drift).toEqual([]);
    checkTypes(copy, changed);

    // The older one first, where nothing needs it: the other must still be whole.
    const order = needs(other, one) ? names.toReversed() : [...withNeeds(one, all).toReversed(), ...names.toReversed()];
    for (const name of new Set(order)) if (isFree(name)) await uninstallSkill(copy.deps, name);
    for (const name of names.toReversed()) if (applied().includes(name)) await uninstallSkill(copy.deps, name);
    expect(copy.tree()).toEqual(before);
  });
}

test('all that go together are applied, type-check and pass the tests beside what they change, and are gone without a trace', async () => {
  const before = copy.tree();
  const chosen: FeaturePackage[] = [];
  for (const skill of all) if (chosen.every((other) => goTogether(skill, other))) chosen.push(skill);
  const names = [...new Set(chosen.flatMap((skill) => withNeeds(skill, all)))];
  const changed = await applyAll(names);
  expect(verifySkills(copy.deps)).toMatchObject({ skills: names, drift: [] });

  checkTypes(copy, changed);
  runTestsBeside(copy, changed);

  for (const name of names.toReversed()) await uninstallSkill(copy.deps, name);
  expect(copy.tree()).toEqual(before);
});

function applied(): readonly string[] {
  return verifySkills(copy.deps).skills;
}

function isFree(name: string): boolean {
  const now = applied();
  return now.includes(name) && !all.some((skill) => now.includes(skill.name) && skill.manifest.depends.includes(name));
}

function needs(one: FeaturePackage, other: FeaturePackage): boolean {
  return withNeeds(one, all).includes(other.name);
}

function goTogether(one: FeaturePackage, other: FeaturePackage): boolean {
  return !one.manifest.conflicts.includes(other.name) && !other.manifest.conflicts.includes(one.name);
}

function pairs(seed: number): [FeaturePackage, FeaturePackage][] {
  const possible = all.flatMap((one, at) =>
    all
      .slice(at + 1)
      .flatMap((other): [FeaturePackage, FeaturePackage][] => (goTogether(one, other) ? [[one, other]] : [])),
  );
  let state = seed;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return possible
    .map((pair) => ({ pair, at: next() }))
    .sort((one, other) => one.at - other.at)
    .slice(0, PAIRS)
    .map(({ pair }) => pair);
}
