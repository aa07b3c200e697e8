import { SANDBOX_PATHS } from '@nanoclaw/protocol';
import { assert } from '../../kernel/errors.ts';
import { LABELS, type SandboxLimits, type SandboxSpec, type SandboxUser } from '../spec.ts';
import { mountArgument } from './mount-argument.ts';

/** Open files per process: enough for builds and a browser, far below what exhausts the host. */
const MAX_OPEN_FILES = 16_384;

/** What every container of a driver is made with. */
export interface ContainerSource {
  readonly image: string;
  /**
   * Absolute path of the filter, `container/seccomp.json`. Engines have their own, but old ones let a sandbox speak over
   * AF_VSOCK, which no network namespace holds back, and use io_uring and ptrace.
   */
  readonly systemCallFilter: string;
}

/**
 * The arguments of `docker` that run one sandbox. This list is the boundary. There is no `--rm`: the engine forgets why
 * a container ended when it removes it, so the driver looks first and removes afterwards.
 */
export function dockerRunArguments(spec: SandboxSpec, from: ContainerSource): string[] {
  assert(spec.user.uid > 0 && spec.user.gid > 0, 'a sandbox never runs as root');
  return [
    ...['run', '--interactive', '--init', '--name', spec.name],
    ...labels(spec),
    ...['--network', 'none', '--hostname', 'nanoclaw'],
    ...['--read-only', ...temporaryFolders(spec)],
    ...['--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
    ...['--security-opt', `seccomp=${from.systemCallFilter}`],
    ...['--user', `${spec.user.uid}:${spec.user.gid}`],
    ...ceilings(spec.limits),
    ...['--log-driver', 'none', '--pull', 'never', '--workdir', SANDBOX_PATHS.group],
    ...Object.entries(spec.environment).flatMap(([name, value]) => ['--env', environmentArgument(name, value)]),
    ...spec.mounts.flatMap((mount) => ['--mount', mountArgument(mount)]),
    from.image,
  ];
}

function labels(spec: SandboxSpec): string[] {
  return [
    ...['--label', `${LABELS.installation}=${spec.installation}`],
    ...['--label', `${LABELS.group}=${spec.groupFolder}`],
    ...['--label', `${LABELS.run}=${spec.runId}`],
  ];
}

/** Memory-backed, gone with the sandbox, and executable: agents compile and run things there. */
function temporaryFolders({ limits, user }: { limits: SandboxLimits; user: SandboxUser }): string[] {
  const options = `rw,exec,nosuid,nodev,size=${limits.tmpBytes}`;
  return [
    ...['--tmpfs', `/tmp:${options},mode=1777`],
    ...['--tmpfs', `${SANDBOX_PATHS.home}:${options},mode=0700,uid=${user.uid},gid=${user.gid}`],
    ...['--shm-size', String(limits.tmpBytes)],
  ];
}

function ceilings(limits: SandboxLimits): string[] {
  return [
    // The same number twice means no swap: the limit is a limit.
    ...['--memory', String(limits.memoryBytes), '--memory-swap', String(limits.memoryBytes)],
    ...['--cpus', String(limits.cpus), '--pids-limit', String(limits.pids)],
    ...['--ulimit', `nofile=${MAX_OPEN_FILES}:${MAX_OPEN_FILES}`, '--ulimit', 'core=0:0'],
  ];
}

/** Always with `=`: a bare name would make the client copy the host's variable into the sandbox. */
function environmentArgument(name: string, value: string): string {
  assert(/^[A-Za-z_][A-Za-z0-9_]*$/.test(name), `${JSON.stringify(name)} is the name of an environment variable`);
  return `${name}=${value}`;
}
