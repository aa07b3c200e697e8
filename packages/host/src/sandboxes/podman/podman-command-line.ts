import { SANDBOX_PATHS } from '@nanoclaw/protocol';
import type { ContainerSource } from '../engine/engine-dialect.ts';
import { memoryCeiling, runArguments } from '../engine/run-arguments.ts';
import type { SandboxSpec } from '../spec.ts';
import type { PodmanAbilities } from './podman-abilities.ts';

/**
 * Under root all sandboxes are one user of the kernel's, so that this ceiling is for all of them together, and only a
 * second one behind `--pids-limit`. It is named because podman's own default asks for more than a root without
 * CAP_SYS_RESOURCE may give.
 */
const MAX_PROCESSES_OF_USER = 32_768;

/** Lower priority in the place of a share of the processor, as with bubblewrap. */
const LOW_PRIORITY = ['nice', '-n', '10'];

/**
 * How `podman` runs one sandbox. Podman copies an image's files into a tmpfs, makes more writable folders than asked for,
 * sets TERM, and waits ten seconds for a container to end politely, unless told.
 */
export function podmanRunCommand(
  spec: SandboxSpec,
  from: ContainerSource,
  { isRootless, limits }: PodmanAbilities,
): { launcher: readonly string[]; args: string[] } {
  const { user } = spec;
  const args = runArguments(spec, from, {
    // Podman gives a tmpfs no owner; nobody but the sandbox's user is in there.
    home: 'mode=0777,notmpcopyup',
    isolation: [
      ...['--read-only-tmpfs=false', '--stop-timeout', '0', '--unsetenv', 'TERM'],
      // Left to itself podman would give the user the name it has on the host.
      ...['--passwd-entry', `node:x:${user.uid}:${user.gid}::${SANDBOX_PATHS.home}:/bin/bash`],
      // The sandbox's user is the host's own, outside and inside, so that its files are the owner's.
      ...(isRootless ? ['--userns', 'keep-id'] : []),
    ],
    ceilings: ceilings(spec, { isRootless, limits }),
  });
  return { launcher: limits.cpus ? [] : LOW_PRIORITY, args };
}

function ceilings(spec: SandboxSpec, { isRootless, limits }: PodmanAbilities): string[] {
  const { memoryBytes, cpus, pids } = spec.limits;
  // The kernel counts the processes of a user namespace by themselves, so that a rootless sandbox has its own count.
  const processes = isRootless ? pids : MAX_PROCESSES_OF_USER;
  return [
    ...(limits.memory ? memoryCeiling(spec) : ['--ulimit', `data=${memoryBytes}:${memoryBytes}`]),
    ...(limits.cpus ? ['--cpus', String(cpus)] : []),
    ...(limits.pids ? ['--pids-limit', String(pids)] : []),
    ...['--ulimit', `nproc=${processes}:${processes}`],
  ];
}
