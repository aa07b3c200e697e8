import { describe, expect, it } from 'vitest';
import type { SandboxSpec } from '../spec.ts';
import { type CommandLineFacts, commandLine, DESCRIPTORS, trialCommandLine } from './command-line.ts';
import { readLabels } from './process-scan.ts';

/** A root host with control groups of version 2, and a few system paths. */
function someFacts(changes: Partial<CommandLineFacts> = {}): CommandLineFacts {
  return {
    bwrapPath: 'bwrap',
    app: { runnerFile: '/srv/nanoclaw/runner.mjs', claudeFile: '/srv/nanoclaw/claude', nodeFile: '/usr/bin/node' },
    host: { uid: 0, gid: 0 },
    root: {
      systemPaths: [
        { kind: 'directory', path: '/usr' },
        { kind: 'link', path: '/bin', target: 'usr/bin' },
      ],
      configuration: ['/etc/ssl/certs'],
      procEntries: ['/proc/sys', '/proc/kcore', '/proc/acpi'],
    },
    controlGroups: {
      version: 2,
      parents: { memory: '/sys/fs/cgroup', pids: '/sys/fs/cgroup', cpu: '/sys/fs/cgroup' },
      hasSwapLimit: true,
    },
    canDisableUserNamespaces: true,
    launchPrefix: [],
    ...changes,
  };
}

/** A sandbox of one group with a mount of each kind. */
function aSpec(changes: Partial<SandboxSpec> = {}): SandboxSpec {
  return {
    name: 'nanoclaw-family-1',
    installation: 'home',
    groupFolder: 'family',
    runId: 'run-1',
    user: { uid: 60_600, gid: 60_600 },
    mounts: [
      { source: '/root/nanoclaw/groups/family', target: '/workspace/group', mode: 'read-write' },
      { source: '/root/nanoclaw/groups/global', target: '/workspace/global', mode: 'read-only' },
    ],
    environment: { TZ: 'UTC', HOME: '/home/node' },
    limits: { memoryBytes: 2 ** 31, cpus: 2, pids: 256, tmpBytes: 2 ** 28 },
    ...changes,
  };
}

const UNPRIVILEGED = someFacts({ host: { uid: 1000, gid: 1000 }, controlGroups: undefined });

/** The arguments between two others, for reading a part of the command line. */
function between(argv: readonly string[], first: string, last: string): string[] {
  const start = argv.indexOf(first);
  const end = argv.indexOf(last, start);
  expect(start).toBeGreaterThan(-1);
  expect(end).toBeGreaterThan(start);
  return argv.slice(start + 1, end);
}

/** Where a run of arguments begins. */
function indexOfRun(argv: readonly string[], run: readonly string[]): number {
  return argv.findIndex((_, index) => run.every((part, offset) => argv[index + offset] === part));
}

describe('the command line of a root host', () => {
  const argv = commandLine(someFacts(), aSpec());

  it('sets and joins the limits before anything else runs', () => {
    const group = '/sys/fs/cgroup/nanoclaw-home/nanoclaw-family-1';

    expect(argv[0]).toBe('bash');
    expect(between(argv, '9', '--')).toEqual([
      ...[`${group}/memory.max`, '2147483648', `${group}/memory.swap.max`, '0', `${group}/pids.max`, '256'],
      ...[`${group}/cpu.max`, '200000 100000', `${group}/cgroup.procs`, '0'],
    ]);
  });

  it('dies with the host and holds everything in one process namespace', () => {
    const keeper = ['setpriv', '--pdeathsig', 'KILL', '--', 'unshare', '--pid', '--fork', '--kill-child=KILL', '--'];

    expect(indexOfRun(argv, [...keeper, 'bwrap'])).toBeGreaterThan(0);
  });

  it('shares no namespace with the host and keeps no capability but those to become somebody else', () => {
    for (const namespace of ['ipc', 'pid', 'net', 'uts', 'cgroup']) expect(argv).toContain(`--unshare-${namespace}`);
    expect(argv).not.toContain('--share-net');
    expect(argv.filter((_, index) => argv[index - 1] === '--cap-add')).toEqual([
      'CAP_SETUID',
      'CAP_SETGID',
      'CAP_SETPCAP',
    ]);
    expect(indexOfRun(argv, ['--cap-drop', 'ALL'])).toBeGreaterThan(0);
  });

  it('becomes the user of the spec for good before the first process inside', () => {
    const drop = ['setpriv', '--reuid', '60600', '--regid', '60600', '--clear-groups', '--inh-caps=-all'];
    const run = ['--', ...drop, '--bounding-set=-all', '--no-new-privs', '--', 'sh'];

    expect(indexOfRun(argv, run)).toBeGreaterThan(0);
  });

  it('makes the root read-only after the last mount', () => {
    const closing = indexOfRun(argv, ['--remount-ro', '/', '--chdir']);
    const binds = argv.flatMap((argument, index) => (/^--(ro-)?bind$/.test(argument) ? [index] : []));

    expect(binds.length).toBeGreaterThan(5);
    expect(Math.max(...binds)).toBeLessThan(closing);
  });

  it('hands over the filter and the environment of the spec and ends in the runner', () => {
    expect(indexOfRun(argv, ['--clearenv', '--setenv', 'PATH', '/usr/local/bin:/usr/bin:/bin:/app'])).toBeGreaterThan(
      0,
    );
    expect(indexOfRun(argv, ['--setenv', 'TZ', 'UTC'])).toBeGreaterThan(0);
    expect(indexOfRun(argv, ['--seccomp', '3', '--json-status-fd', '4', '--'])).toBeGreaterThan(0);
    expect(argv.slice(-2)).toEqual(['/app/node', '/app/runner.mjs']);
  });

  it('bounds every folder that is kept in memory', () => {
    for (const path of ['/tmp', '/home/node', '/dev/shm']) {
      expect(indexOfRun(argv, ['--perms', '1777', '--size', '268435456', '--tmpfs', path])).toBeGreaterThan(0);
    }
  });

  it('covers what this kernel shows in /proc and asks for nothing it does not have', () => {
    expect(indexOfRun(argv, ['--ro-bind', '/proc/sys', '/proc/sys'])).toBeGreaterThan(0);
    expect(indexOfRun(argv, ['--ro-bind', '/dev/null', '/proc/kcore'])).toBeGreaterThan(0);
    expect(indexOfRun(argv, ['--tmpfs', '/proc/acpi', '--remount-ro', '/proc/acpi'])).toBeGreaterThan(0);
    expect(argv).not.toContain('/proc/timer_list');
  });
});

describe('the first process inside', () => {
  it('reports on the descriptor that the host listens on and closes it', () => {
    const argv = commandLine(someFacts(), aSpec());
    const script = argv[argv.indexOf('nanoclaw-init') - 1];

    expect(script).toContain(`echo >&${DESCRIPTORS.started}; exec ${DESCRIPTORS.started}>&-;`);
  });
});

describe('mounts', () => {
  it('come in the order of the spec, with directories above them that everybody may enter', () => {
    const argv = commandLine(someFacts(), aSpec());

    expect(
      indexOfRun(argv, [
        ...['--dir', '/workspace', '--bind', '/root/nanoclaw/groups/family', '/workspace/group'],
        ...['--dir', '/workspace', '--ro-bind', '/root/nanoclaw/groups/global', '/workspace/global'],
      ]),
    ).toBeGreaterThan(0);
  });

  it('may stand in for a file of the app', () => {
    const mount = { source: '/tmp/probe.mjs', target: '/app/runner.mjs', mode: 'read-only' } as const;
    const argv = commandLine(someFacts(), aSpec({ mounts: [mount] }));

    expect(indexOfRun(argv, ['--ro-bind', '/tmp/probe.mjs', '/app/runner.mjs'])).toBeGreaterThan(0);
    expect(argv).not.toContain('/srv/nanoclaw/runner.mjs');
    expect(argv).toContain('/srv/nanoclaw/claude');
  });

  it('make no directory inside a folder of the host', () => {
    const inner = { source: '/a', target: '/workspace/group/x/y', mode: 'read-only' } as const;
    const argv = commandLine(someFacts(), aSpec({ mounts: [...aSpec().mounts, inner] }));

    expect(indexOfRun(argv, ['--dir', '/workspace/group'])).toBe(-1);
    expect(indexOfRun(argv, ['--dir', '/workspace/group/x'])).toBe(-1);
  });
});

describe('the command line of another host', () => {
  const argv = commandLine(UNPRIVILEGED, aSpec({ user: { uid: 1000, gid: 1000 } }));

  it('uses a user namespace in which there can be no further one', () => {
    expect(indexOfRun(argv, ['--unshare-user', '--disable-userns', '--uid', '1000', '--gid', '1000'])).toBeGreaterThan(
      0,
    );
    expect(argv).not.toContain('--cap-add');
    expect(argv).not.toContain('setpriv');
    expect(argv).not.toContain('unshare');
  });

  it('leaves out what an older bubblewrap does not know', () => {
    expect(commandLine({ ...UNPRIVILEGED, canDisableUserNamespaces: false }, aSpec())).not.toContain(
      '--disable-userns',
    );
  });

  it('has substitutes for control groups', () => {
    expect(indexOfRun(argv, ['9', '--', 'nice', '-n', '10', 'bwrap'])).toBeGreaterThan(0);
    expect(indexOfRun(argv, ['--', 'prlimit', '--nproc=256', '--data=2147483648', 'sh', '-c'])).toBeGreaterThan(0);
  });
});

describe('the trial', () => {
  it('takes the same steps and runs nothing', () => {
    const argv = trialCommandLine(someFacts({ launchPrefix: ['as-somebody'] }));

    expect(argv[0]).toBe('as-somebody');
    expect(argv).toContain('unshare');
    expect(argv).toContain('--unshare-net');
    expect(argv.at(-1)).toBe('true');
    expect(trialCommandLine(UNPRIVILEGED)).toContain('--unshare-user');
  });
});

describe('labels in a command line', () => {
  it('are read from the very command line that starts a sandbox', () => {
    const spec = aSpec({ name: 'nanoclaw-family-1', groupFolder: 'Family_2', runId: 'run-9', installation: 'home1' });

    expect(readLabels(commandLine(someFacts(), spec))).toEqual({
      name: 'nanoclaw-family-1',
      installation: 'home1',
      groupFolder: 'Family_2',
      runId: 'run-9',
    });
  });

  it('cannot be put in front by a value of the environment or of a mount', () => {
    const forged = ['nanoclaw-init', 'nanoclaw.name=other', 'nanoclaw.installation=other'];
    const environment = Object.fromEntries(forged.map((value, index) => [`V${index}`, value]));

    expect(readLabels(commandLine(someFacts(), aSpec({ environment })))?.installation).toBe(aSpec().installation);
  });
});
