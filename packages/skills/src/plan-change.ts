import { type Composition, type Conflict, compose } from './layers.ts';
import { mergeThree } from './merge-files.ts';
import type { Plan, SkillRuns, TouchedFile } from './plan.ts';
import { planLines } from './plan-lines.ts';
import { imitated, readProjectFile } from './project-files.ts';
import { SkillError } from './skill-error.ts';
import type { Reference, State } from './state.ts';
import { readObject } from './state-files.ts';
import type { KnownLayer } from './stored-layers.ts';
import { LOCK_FILE, packageFilesOf } from './structured-changes.ts';
import { type Entry, hashOf, isSameEntry, type ReadEntry } from './tree.ts';

export interface ChangeWish {
  readonly root: string;
  readonly state: State;
  readonly what: string;
  /** What is to lie over the core afterwards, in order. */
  readonly layers: readonly KnownLayer[];
  readonly runs: readonly SkillRuns[];
  /** Files of the core that are other than the state says: an update of the core. */
  readonly core?: ReadonlyMap<string, Entry | undefined>;
  /** Whether the tree has those files as they are in the core, with nothing laid over them. */
  readonly isBare?: boolean;
  /** The version of the core afterwards; what the state says where it stays. */
  readonly coreVersion?: string;
}

/**
 * Works out what becomes of every file: the core with the layers wanted, and over it what somebody changed locally since.
 * Throws 'skill-conflict' with every place where that cannot be had; nothing has been changed then.
 */
export function planChange(wish: ChangeWish): Plan {
  const { root, state, layers, core } = wish;
  const stored = (reference: Reference | null): Entry | undefined =>
    reference ? readObject(root, reference) : undefined;
  const tree: ReadEntry = (path) => readProjectFile(root, path);
  const baseNow: ReadEntry = (path) => {
    const known = state.files[path];
    return known ? stored(known.base) : tree(path);
  };
  const base: ReadEntry = (path) => (core?.has(path) ? core.get(path) : baseNow(path));
  const expected: ReadEntry = (path) => {
    if (wish.isBare && core?.has(path)) return core.get(path);
    const known = state.files[path];
    return known ? stored(known.now) : baseNow(path);
  };
  const composition = withGenerated(
    compose(
      base,
      layers.map(({ layer }) => layer),
    ),
    layers,
  );
  const lock = lockOf(wish, { composition, base, expected });
  const wanted = new Map(composition.files);
  const isLockTouched = lock.key !== undefined || state.files[LOCK_FILE] !== undefined;
  if (isLockTouched) wanted.set(LOCK_FILE, lock.entry);
  const conflicts = [...composition.conflicts];
  const changes = new Map<string, Entry | undefined>();
  for (const path of new Set([...wanted.keys(), ...Object.keys(state.files), ...(core?.keys() ?? [])])) {
    const theirs = wanted.has(path) ? wanted.get(path) : base(path);
    const now = tree(path);
    const merged = mergeThree({ ours: now, base: expected(path), theirs });
    if (merged.kind === 'conflict') conflicts.push({ layer: 'your own change', path, why: merged.what });
    else if (!isSameEntry(merged.entry, now)) changes.set(path, merged.entry);
  }
  if (conflicts.length > 0) throw conflictError(wish.what, conflicts);
  refuseImitations(root, changes);
  const files = new Map<string, TouchedFile>();
  for (const [path, by] of composition.touched)
    files.set(path, { base: base(path), now: composition.files.get(path), by });
  if (lock.key !== undefined) files.set(LOCK_FILE, { base: base(LOCK_FILE), now: lock.entry, by: lock.by });
  const { what, runs, coreVersion = state.core_version } = wish;
  const plan = { what, changes, layers, files, runs, coreVersion, ...planOfLock(lock) };
  return { ...plan, lines: planLines(plan) };
}

/** What commands of skills made is put where nothing is, and goes with its skill. */
function withGenerated(composition: Composition, layers: readonly KnownLayer[]): Composition {
  const files = new Map(composition.files);
  const touched = new Map(composition.touched);
  for (const { layer, generated } of layers) {
    if (layer.kind !== 'skill') continue;
    for (const [path, entry] of generated) {
      if (files.get(path) === undefined) files.set(path, entry);
      touched.set(path, [...(touched.get(path) ?? []), layer.package.name]);
    }
  }
  return { ...composition, files, touched };
}

function planOfLock({ key, entry, isKnown, installs }: LockPlan): Pick<Plan, 'installs' | 'lockKey' | 'knownLock'> {
  return { installs, lockKey: key, knownLock: isKnown ? entry : undefined };
}

interface LockPlan {
  /** Whether npm need not make it. */
  readonly isKnown: boolean;
  readonly key: string | undefined;
  readonly entry: Entry | undefined;
  readonly installs: boolean;
  readonly by: readonly string[];
}

/** The lock file belongs to npm: it is taken from an earlier time with the same dependencies, or npm makes it. */
function lockOf(
  { root, state, layers, core }: ChangeWish,
  { composition, base, expected }: { composition: Composition; base: ReadEntry; expected: ReadEntry },
): LockPlan {
  const by: string[] = [];
  const paths = new Set<string>();
  for (const { layer } of layers) {
    if (layer.kind !== 'skill' || layer.package.kind !== 'feature') continue;
    const own = packageFilesOf(layer.package.manifest);
    for (const path of own) paths.add(path);
    if (own.length > 0) by.push(layer.package.name);
  }
  const before = Object.keys(state.files).filter((path) => /(^|\/)package\.json$/.test(path));
  const installs = [...new Set([...paths, ...before])].some((path) => {
    const after = composition.files.has(path) ? composition.files.get(path) : base(path);
    return !isSameEntry(after, expected(path));
  });
  if (paths.size === 0) return { key: undefined, entry: base(LOCK_FILE), isKnown: true, installs, by };
  const content = [...paths].sort().map((path) => [path, composition.files.get(path)?.bytes.toString('utf8')]);
  const key = hashOf(Buffer.from(JSON.stringify([content, base(LOCK_FILE)?.bytes.toString('utf8')])));
  const known = state.locks[key];
  // What npm starts from: the lock file of now, or that of the new core.
  const entry = known ? readObject(root, known) : core?.has(LOCK_FILE) ? base(LOCK_FILE) : expected(LOCK_FILE);
  return { key, entry, isKnown: known !== undefined, installs: installs || core?.has(LOCK_FILE) === true, by };
}

function refuseImitations(root: string, changes: ReadonlyMap<string, Entry | undefined>): void {
  for (const [path, entry] of changes) {
    const other = entry && imitated(root, path);
    if (other !== undefined)
      throw new SkillError(
        'skill-refused',
        `${path} differs from ${other}, which exists, only in upper and lower case: choose another name`,
      );
  }
}

export function conflictError(what: string, conflicts: readonly Conflict[]): SkillError {
  const lines = conflicts.map(({ layer, path, why }) => `  - ${path} (${layer}): ${why}`);
  const advice =
    'Nothing was changed. Bring the lines named above into the form that is expected, or undo your own change there, and try again.';
  return new SkillError(
    'skill-conflict',
    `cannot ${what}: ${conflicts.length} ${conflicts.length === 1 ? 'conflict' : 'conflicts'}\n${lines.join('\n')}\n${advice}`,
  );
}
