import { describeError } from '../kernel/errors.ts';
import type { Check, Finding, Scene } from './check.ts';

export interface Diagnosis extends Finding {
  readonly check: string;
  /** Whether `repair` was done, and the check found nothing any more. */
  readonly isMended?: boolean;
}

/** Makes every check, one after the other, and with `fix` does every repair there is and looks again. */
export async function examine(
  checks: readonly Check[],
  scene: Scene,
  { fix, onDone }: { fix: boolean; onDone: (diagnoses: readonly Diagnosis[]) => void },
): Promise<Diagnosis[]> {
  const all: Diagnosis[] = [];
  for (const check of checks) {
    const found = await look(check, scene);
    const diagnoses = fix && found.some(({ repair }) => repair) ? await mend(check, scene, found) : found;
    const named = diagnoses.map((finding) => ({ ...finding, check: check.name }));
    onDone(named);
    all.push(...named);
  }
  return all;
}

async function look(check: Check, scene: Scene): Promise<readonly Omit<Diagnosis, 'check'>[]> {
  try {
    if ('run' in check) return await check.run(scene);
    if ('mistakes' in scene.settings) return [{ level: 'skipped', found: 'not looked at: the settings have mistakes' }];
    return await check.runWith(scene.settings.config, scene);
  } catch (error) {
    return [
      { level: 'problem', found: describeError(error), fix: 'mend what it names, and run nanoclaw doctor again' },
    ];
  }
}

/** What was wrong and is no more counts as mended; what is still wrong says what came of the repair. */
async function mend(
  check: Check,
  scene: Scene,
  found: readonly Omit<Diagnosis, 'check'>[],
): Promise<readonly Omit<Diagnosis, 'check'>[]> {
  const failures: string[] = [];
  for (const { repair } of found) {
    try {
      await repair?.();
    } catch (error) {
      failures.push(describeError(error));
    }
  }
  const after = await look(check, scene);
  const isStill = (finding: Omit<Diagnosis, 'check'>): boolean => after.some((left) => left.found === finding.found);
  const mended = found.filter((finding) => finding.repair && !isStill(finding));
  const left = after.filter(({ level }) => level !== 'ok' || mended.length === 0);
  const why = failures.length === 0 ? '' : ` (the repair failed: ${failures.join('; ')})`;
  return [
    ...mended.map((finding) => ({ ...finding, isMended: true })),
    ...left.map((finding) => (finding.repair ? { ...finding, found: `${finding.found}${why}` } : finding)),
  ];
}
