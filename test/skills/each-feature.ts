import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { applySkill } from '@nanoclaw/skills/apply.js';
import type { FeaturePackage } from '@nanoclaw/skills/skill-package.js';
import type { Outcome } from '@nanoclaw/skills/transaction.js';
import { uninstallSkill } from '@nanoclaw/skills/uninstall.js';
import { verifySkills } from '@nanoclaw/skills/verify.js';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type CheckoutCopy, copyCheckout, featureSkills } from './checkout-copy.ts';

/** Every second feature skill, from the first or the second on: two files do them side by side. */
export function testEachFeature(offset: 0 | 1): void {
  const all = featureSkills();
  const mine = all.filter((_, index) => index % 2 === offset);
  let copy: CheckoutCopy;
  beforeAll(() => {
    copy = copyCheckout(all);
  });
  // What a failing skill has left applied is not the next one's fault.
  afterEach(async () => {
    for (const name of verifySkills(copy.deps).skills.toReversed()) await uninstallSkill(copy.deps, name);
  });
  afterAll(() => copy.remove());

  test('the walk found feature skills', () => {
    expect(all.length).toBeGreaterThan(0);
  });

  for (const skill of mine) {
    test(`${skill.name} is applied, passes its tests and those beside what it changes, and is gone without a trace`, async () => {
      const before = copy.tree();
      const names = withNeeds(skill, all);
      const changed: string[] = [];
      for (const name of names) changed.push(...changedBy(await applySkill(copy.deps, { name, groups: [] })));
      expect(verifySkills(copy.deps).drift).toEqual([]);

      checkTypes(copy, changed);
      runTestsBeside(copy, changed);

      for (const name of names.toReversed()) await uninstallSkill(copy.deps, name);
      expect(copy.tree()).toEqual(before);
    });
  }
}

/** What a skill needs, then the skill. */
export function withNeeds(skill: FeaturePackage, all: readonly FeaturePackage[]): string[] {
  const needed = skill.manifest.depends.flatMap((name) => {
    const other = all.find((one) => one.name === name);
    if (!other) throw new Error(`${skill.name} needs ${name}, which is no feature of the catalogue`);
    return withNeeds(other, all);
  });
  return [...new Set([...needed, skill.name])];
}

export function changedBy({ plan, isDone }: Outcome): string[] {
  expect(isDone).toBe(true);
  return [...plan.changes.keys()];
}

export function checkTypes(copy: CheckoutCopy, changed: readonly string[]): void {
  if (changed.some((path) => path.endsWith('.ts'))) copy.run('tsc', '-p', 'tsconfig.test.json');
}

/** The rules of the code, and the quick tests beside every changed file. */
export function runTestsBeside(copy: CheckoutCopy, changed: readonly string[]): void {
  const beside = changed.flatMap((path) => {
    const tests = path.endsWith('.test.ts') ? path : path.replace(/\.ts$/, '.test.ts');
    return path.startsWith('packages/') && path.endsWith('.ts') && existsSync(join(copy.root, tests)) ? [tests] : [];
  });
  const settings = changed.includes('.env.example') ? ['packages/host/src/config/config.test.ts'] : [];
  const taught = changed.some((path) => path.startsWith('container/skills/'));
  const teaching = taught ? ['packages/host/src/agents/skill-files.test.ts'] : [];
  const tests = [...new Set([...beside, ...settings, ...teaching, 'test/tidy/tidy.test.ts'])];
  copy.run('vitest', 'run', '--project', 'unit', ...tests);
}
