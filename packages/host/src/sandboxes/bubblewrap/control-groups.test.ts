import { describe, expect, it } from 'vitest';
import { type ControlGroupFacts, controlGroupParents, limitWrites, sandboxGroups } from './control-groups.ts';

const limits = { memoryBytes: 2 ** 31, cpus: 1.5, pids: 256, tmpBytes: 2 ** 28 };
const sandbox = { installation: 'i1', name: 'nanoclaw-family-1', limits };

const VERSION_1_MOUNTS = [
  '30 20 0:26 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755',
  '31 30 0:27 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct',
  '32 30 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory',
  '33 30 0:29 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids',
  '34 30 0:30 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate',
].join('\n');
const VERSION_1_MEMBERSHIP = '9:name=systemd:/\n8:pids:/a\n4:memory:/b/c\n1:cpu,cpuacct:/\n0::/\n';

const VERSION_2_MOUNTS = '30 20 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n';

function facts(changes: Partial<ControlGroupFacts>): ControlGroupFacts {
  return { membership: '0::/\n', mounts: VERSION_2_MOUNTS, mayUse: () => true, ...changes };
}

describe('the place of control groups', () => {
  it('is below the own group of each controller in version 1, also when version 2 is mounted beside it', () => {
    const layout = controlGroupParents(facts({ membership: VERSION_1_MEMBERSHIP, mounts: VERSION_1_MOUNTS }));

    expect(layout).toEqual({
      version: 1,
      parents: {
        memory: '/sys/fs/cgroup/memory/b/c',
        pids: '/sys/fs/cgroup/pids/a',
        cpu: '/sys/fs/cgroup/cpu,cpuacct',
      },
    });
  });

  it('is found in version 1 when only a part of the tree is mounted, as in a container', () => {
    const mounts = VERSION_1_MOUNTS.replaceAll(/ \/ (\/sys\/fs\/cgroup\/)/g, ' /docker/x $1');
    const membership = '4:memory:/docker/x\n8:pids:/docker/x/y\n1:cpu,cpuacct:/docker/x\n';

    expect(controlGroupParents(facts({ membership, mounts }))?.parents).toEqual({
      memory: '/sys/fs/cgroup/memory',
      pids: '/sys/fs/cgroup/pids/y',
      cpu: '/sys/fs/cgroup/cpu,cpuacct',
    });
  });

  it('is the root of version 2 for root', () => {
    const layout = controlGroupParents(facts({ membership: '0::/system.slice/nanoclaw.service\n' }));

    expect(layout).toMatchObject({ version: 2, parents: { memory: '/sys/fs/cgroup', cpu: '/sys/fs/cgroup' } });
  });

  it("is the user's own service of version 2 for somebody else", () => {
    const service = '/user.slice/user-1000.slice/user@1000.service';
    const membership = `0::${service}/app.slice/nanoclaw.service\n`;
    const mayUse = (directory: string): boolean => directory.startsWith(`/sys/fs/cgroup${service}`);

    expect(controlGroupParents(facts({ membership, mayUse }))?.parents.pids).toBe(`/sys/fs/cgroup${service}`);
  });

  it('is nowhere for a user without a delegated group, and without control groups', () => {
    const membership = '0::/user.slice/user-1000.slice/session-1.scope\n';

    expect(controlGroupParents(facts({ membership, mayUse: () => false }))).toBeUndefined();
    expect(controlGroupParents(facts({ mounts: '', membership }))).toBeUndefined();
    expect(controlGroupParents(facts({ mounts: '', membership: '' }))).toBeUndefined();
  });

  it('is never the group the host itself is in, where processes would bar the way', () => {
    const own = '/sys/fs/cgroup/a/b';

    expect(controlGroupParents(facts({ membership: '0::/a/b\n', mayUse: (path) => path === own }))).toBeUndefined();
  });
});

describe('the limits', () => {
  it('of version 1 are written before the process joins', () => {
    const parents = controlGroupParents(facts({ membership: VERSION_1_MEMBERSHIP, mounts: VERSION_1_MOUNTS }))!;
    const layout = { ...parents, hasSwapLimit: true };
    const memory = '/sys/fs/cgroup/memory/b/c/nanoclaw-i1/nanoclaw-family-1';
    const pids = '/sys/fs/cgroup/pids/a/nanoclaw-i1/nanoclaw-family-1';
    const cpu = '/sys/fs/cgroup/cpu,cpuacct/nanoclaw-i1/nanoclaw-family-1';

    expect(limitWrites(layout, sandbox)).toEqual([
      [`${memory}/memory.limit_in_bytes`, '2147483648'],
      [`${memory}/memory.memsw.limit_in_bytes`, '2147483648'],
      [`${pids}/pids.max`, '256'],
      [`${cpu}/cpu.cfs_period_us`, '100000'],
      [`${cpu}/cpu.cfs_quota_us`, '150000'],
      [`${memory}/cgroup.procs`, '0'],
      [`${pids}/cgroup.procs`, '0'],
      [`${cpu}/cgroup.procs`, '0'],
    ]);
  });

  it('of version 2 are written to one group', () => {
    const layout = { ...controlGroupParents(facts({}))!, hasSwapLimit: false };
    const group = '/sys/fs/cgroup/nanoclaw-i1/nanoclaw-family-1';

    expect(sandboxGroups(layout, 'i1', 'nanoclaw-family-1')).toEqual([group]);
    expect(limitWrites(layout, sandbox)).toEqual([
      [`${group}/memory.max`, '2147483648'],
      [`${group}/pids.max`, '256'],
      [`${group}/cpu.max`, '150000 100000'],
      [`${group}/cgroup.procs`, '0'],
    ]);
    const withSwap = limitWrites({ ...layout, hasSwapLimit: true }, sandbox);
    expect(withSwap).toContainEqual([`${group}/memory.swap.max`, '0']);
  });
});
