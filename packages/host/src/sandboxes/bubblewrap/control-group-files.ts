import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Clock } from '../../kernel/clock.ts';
import {
  type ControlGroupLayout,
  controlGroupParents,
  memoryDeathCounter,
  sandboxGroups,
  swapKnob,
} from './control-groups.ts';

/** One sandbox, by what its groups are named after. */
export interface GroupName {
  installation: string;
  name: string;
}

/** How often emptying a group is tried before its left-overs are given up, and the pause between. */
const EMPTYING_ATTEMPTS = 200;
const EMPTYING_PAUSE_MS = 10;

/** Making groups is tried this often: another process of this installation may be tidying up at the same moment. */
const MAKING_ATTEMPTS = 3;
/** Groups younger than this may be about to be joined, so they are not tidied away, in milliseconds. */
const TIDY_AGE_MS = 60_000;

/** The layout of this machine; undefined without control groups this user may use. Tries by making one. */
export function readControlGroupLayout(installation: string): ControlGroupLayout | undefined {
  const membership = readOrEmpty('/proc/self/cgroup');
  const mounts = readOrEmpty('/proc/self/mountinfo');
  const parents = controlGroupParents({ membership, mounts, mayUse });
  if (parents === undefined) return undefined;
  const trial = { installation, name: `trial-${process.pid}` };
  try {
    const layout = { ...parents, hasSwapLimit: true };
    makeGroups(layout, trial);
    const hasSwapLimit = existsSync(swapKnob(layout, trial));
    removeGroups(layout, trial);
    return { ...parents, hasSwapLimit };
  } catch {
    // A read-only or half-delegated tree: as good as none, the substitutes are used.
    return undefined;
  }
}

/** Makes the groups of one sandbox, and lets the controllers into them. Throws when the kernel refuses. */
export function makeGroups(layout: ControlGroupLayout, sandbox: GroupName): void {
  for (let attempt = 1; ; attempt += 1) {
    try {
      for (const group of sandboxGroups(layout, sandbox.installation, sandbox.name)) makeGroup(layout, group);
      return;
    } catch (error) {
      if (attempt === MAKING_ATTEMPTS) throw error;
    }
  }
}

/** Removes groups whose sandboxes died together with their host, so that nobody was left to do it. */
export function tidyGroups(layout: ControlGroupLayout, installation: string, nowMs: number): void {
  const homes = new Set(sandboxGroups(layout, installation, 'any').map(dirname));
  for (const group of [...homes].flatMap(directoriesIn)) {
    const bornMs = statSync(group, { throwIfNoEntry: false })?.ctimeMs ?? nowMs;
    // The kernel refuses to remove a group that is in use.
    if (nowMs - bornMs > TIDY_AGE_MS) removeDirectory(group);
  }
  for (const home of homes) removeDirectory(home);
}

/** How many processes of the sandbox the kernel ended because memory ran out. */
export function memoryDeaths(layout: ControlGroupLayout, sandbox: GroupName): number {
  const { file, word } = memoryDeathCounter(layout, sandbox);
  const line = readOrEmpty(file)
    .split('\n')
    .find((text) => text.startsWith(`${word} `));
  return Number(line?.split(' ')[1] ?? 0);
}

/**
 * Ends whatever is still in the groups and removes them. The sandbox's first process has ended before, so there is
 * normally nothing; this is the second lock. Gives up after two seconds, which leaves an empty directory at worst.
 */
export async function emptyAndRemoveGroups(
  layout: ControlGroupLayout,
  sandbox: GroupName,
  clock: Clock,
): Promise<void> {
  const groups = sandboxGroups(layout, sandbox.installation, sandbox.name);
  for (let attempt = 0; attempt < EMPTYING_ATTEMPTS; attempt += 1) {
    const left = groups.flatMap(processesOf);
    for (const pid of left) endProcess(pid);
    if (left.length === 0 && removeGroups(layout, sandbox)) return;
    await clock.sleep(EMPTYING_PAUSE_MS);
  }
}

function makeGroup(layout: ControlGroupLayout, group: string): void {
  mkdirSync(dirname(group), { recursive: true });
  if (layout.version === 2) {
    for (const above of [dirname(dirname(group)), dirname(group)]) {
      writeFileSync(join(above, 'cgroup.subtree_control'), '+memory +pids +cpu');
    }
  }
  mkdirSync(group, { recursive: true });
}

/** False when one of them is still in use. */
function removeGroups(layout: ControlGroupLayout, sandbox: GroupName): boolean {
  const groups = sandboxGroups(layout, sandbox.installation, sandbox.name);
  const isRemoved = groups.map(removeDirectory).every(Boolean);
  for (const group of groups) removeDirectory(dirname(group));
  return isRemoved;
}

function directoriesIn(directory: string): string[] {
  if (!existsSync(directory)) return [];
  const entries = readdirSync(directory, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(directory, name));
}

function removeDirectory(directory: string): boolean {
  try {
    rmdirSync(directory);
  } catch {
    // Still in use, or never made; which of the two is looked up next.
  }
  return !existsSync(directory);
}

function processesOf(group: string): number[] {
  return readOrEmpty(join(group, 'cgroup.procs')).split('\n').filter(Boolean).map(Number);
}

function endProcess(pid: number): void {
  // 0 stands for a process of a namespace that cannot be seen from here; as an argument of kill it would be us.
  if (pid <= 1) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself in between.
  }
}

function mayUse(directory: string): boolean {
  return ['', 'cgroup.procs'].every((name) => {
    try {
      accessSync(join(directory, name), constants.W_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
