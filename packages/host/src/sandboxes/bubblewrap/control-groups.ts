import { join, relative } from 'node:path';
import type { SandboxLimits } from '../spec.ts';

/** The controllers a sandbox needs, all three. */
const CONTROLLERS = ['memory', 'pids', 'cpu'] as const;
type Controller = (typeof CONTROLLERS)[number];

/** Directories under which this host may make groups of its own, by controller; in version 2 all the same. */
export interface ControlGroupLayout {
  readonly version: 1 | 2;
  readonly parents: Readonly<Record<Controller, string>>;
  /** Whether groups have a knob for swap. Without one, kernels do not count swap, or there is none. */
  readonly hasSwapLimit: boolean;
}

/** What the layout is derived from; the texts are the kernel's files as they are. */
export interface ControlGroupFacts {
  /** `/proc/self/cgroup` */
  readonly membership: string;
  /** `/proc/self/mountinfo` */
  readonly mounts: string;
  /** May this user make groups in the directory and move its processes there? */
  mayUse(directory: string): boolean;
}

/**
 * Where control groups can be made, or undefined where they cannot. Version 1 wins where it has the memory controller.
 * There, groups are made below the host's own, so that a limit on the host holds for its sandboxes too. In version 2
 * a group with processes has no children that count, so the highest directory this user may use is taken: the root for
 * root, the user's own service for others.
 */
export function controlGroupParents(facts: ControlGroupFacts): Omit<ControlGroupLayout, 'hasSwapLimit'> | undefined {
  return parentsVersion1(facts) ?? parentsVersion2(facts);
}

/** Directories of one sandbox, each once. */
export function sandboxGroups(layout: ControlGroupLayout, installation: string, name: string): string[] {
  return [...new Set(CONTROLLERS.map((controller) => groupOf(layout, controller, { installation, name })))];
}

/** Writes, in order, that set the limits and then move the writing process in: `0` stands for the writer. */
export function limitWrites(
  layout: ControlGroupLayout,
  sandbox: { installation: string; name: string; limits: SandboxLimits },
): [file: string, value: string][] {
  const { limits, installation, name } = sandbox;
  const file = (controller: Controller, knob: string): string => join(groupOf(layout, controller, sandbox), knob);
  const memory = String(limits.memoryBytes);
  const periodUs = 100_000;
  const quotaUs = String(Math.max(1000, Math.round(limits.cpus * periodUs)));
  const limitsV1: [string, string][] = [
    [file('memory', 'memory.limit_in_bytes'), memory],
    ...(layout.hasSwapLimit ? [[swapKnob(layout, sandbox), memory] as [string, string]] : []),
    [file('pids', 'pids.max'), String(limits.pids)],
    [file('cpu', 'cpu.cfs_period_us'), String(periodUs)],
    [file('cpu', 'cpu.cfs_quota_us'), quotaUs],
  ];
  const limitsV2: [string, string][] = [
    [file('memory', 'memory.max'), memory],
    ...(layout.hasSwapLimit ? [[swapKnob(layout, sandbox), '0'] as [string, string]] : []),
    [file('pids', 'pids.max'), String(limits.pids)],
    [file('cpu', 'cpu.max'), `${quotaUs} ${periodUs}`],
  ];
  const joins = sandboxGroups(layout, installation, name).map((group): [string, string] => [
    join(group, 'cgroup.procs'),
    '0',
  ]);
  return [...(layout.version === 1 ? limitsV1 : limitsV2), ...joins];
}

/** Bounds memory and swap together in version 1, swap alone in version 2. */
export function swapKnob(layout: ControlGroupLayout, sandbox: { installation: string; name: string }): string {
  const knob = layout.version === 1 ? 'memory.memsw.limit_in_bytes' : 'memory.swap.max';
  return join(groupOf(layout, 'memory', sandbox), knob);
}

/** The file that counts processes ended for want of memory, and the word its line begins with. */
export function memoryDeathCounter(layout: ControlGroupLayout, sandbox: { installation: string; name: string }) {
  const knob = layout.version === 1 ? 'memory.oom_control' : 'memory.events';
  return { file: join(groupOf(layout, 'memory', sandbox), knob), word: 'oom_kill' };
}

function groupOf(
  layout: ControlGroupLayout,
  controller: Controller,
  sandbox: { installation: string; name: string },
): string {
  return join(layout.parents[controller], `nanoclaw-${sandbox.installation}`, sandbox.name);
}

interface CgroupMount {
  directory: string;
  /** Which group of the hierarchy is seen at `directory`. */
  root: string;
  type: 'cgroup' | 'cgroup2';
  controllers: string[];
}

function parentsVersion1(facts: ControlGroupFacts): ReturnType<typeof controlGroupParents> {
  const mounts = cgroupMounts(facts.mounts).filter(({ type }) => type === 'cgroup');
  const find = (controller: Controller): string | undefined => {
    const mount = mounts.find(({ controllers }) => controllers.includes(controller));
    const own = membershipOf(facts.membership, controller);
    const directory = mount && own !== undefined ? seenAt(mount, own) : undefined;
    return directory !== undefined && facts.mayUse(directory) ? directory : undefined;
  };
  const [memory, pids, cpu] = CONTROLLERS.map(find);
  if (memory === undefined || pids === undefined || cpu === undefined) return undefined;
  return { version: 1, parents: { memory, pids, cpu } };
}

function parentsVersion2(facts: ControlGroupFacts): ReturnType<typeof controlGroupParents> {
  const mount = cgroupMounts(facts.mounts).find(({ type }) => type === 'cgroup2');
  const own = membershipOf(facts.membership, '');
  const ownDirectory = mount && own !== undefined ? seenAt(mount, own) : undefined;
  if (mount === undefined || ownDirectory === undefined) return undefined;
  const parent = ancestors(mount.directory, ownDirectory).find((directory) => facts.mayUse(directory));
  if (parent === undefined) return undefined;
  return { version: 2, parents: { memory: parent, pids: parent, cpu: parent } };
}

/** From the mount down to, but without, the group the host itself is in; only the mount itself where that is the same. */
function ancestors(mount: string, own: string): string[] {
  const parts = relative(mount, own).split('/').filter(Boolean);
  return [mount, ...parts.slice(0, -1).map((_, index) => join(mount, ...parts.slice(0, index + 1)))];
}

function cgroupMounts(mountinfo: string): CgroupMount[] {
  return mountinfo.split('\n').flatMap((line) => {
    const [left = '', right = ''] = line.split(' - ');
    const [, , , root, directory] = left.split(' ');
    const [type, , options = ''] = right.split(' ');
    if (root === undefined || directory === undefined) return [];
    return type === 'cgroup' || type === 'cgroup2' ? [{ directory, root, type, controllers: options.split(',') }] : [];
  });
}

/** The group this process is in, by controller; the empty name is the one of version 2. */
function membershipOf(membership: string, controller: string): string | undefined {
  const lines = membership.split('\n').map((line) => /^\d+:([^:]*):(.*)$/.exec(line));
  return lines.find((match) => match?.[1]?.split(',').includes(controller))?.[2];
}

/** Where a group of the hierarchy is in the file system; undefined when it lies outside of what is mounted. */
function seenAt(mount: CgroupMount, group: string): string | undefined {
  const path = relative(mount.root, group);
  return path === '..' || path.startsWith('../') ? undefined : join(mount.directory, path);
}
