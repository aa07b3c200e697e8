import { SANDBOX_PATHS } from '@nanoclaw/protocol';
import { assert } from '../../kernel/errors.ts';
import { LABELS, type SandboxSpec } from '../spec.ts';
import type { ContainerSource } from './engine-dialect.ts';
import { mountArgument } from './mount-argument.ts';

/** Open files per process: enough for builds and a browser, far below what exhausts the host. */
export const MAX_OPEN_FILES = 16_384;

/** What one engine says differently from another. */
export interface RunDifferences {
  /** Options of the in-memory home besides the common ones: how it becomes the sandbox user's. */
  readonly home: string;
  /** What this engine gives a container that others do not, taken away again. */
  readonly isolation?: readonly string[];
  readonly ceilings: readonly string[];
}

/**
 * The arguments of an engine's program that run one sandbox. This list is the boundary. There is no `--rm`: the engine
 * forgets why a container ended when it removes it, so the driver looks first and removes afterwards.
 */
export function runArguments(spec: SandboxSpec, from: ContainerSource, differences: RunDifferences): string[] {
  assert(spec.user.uid > 0 && spec.user.gid > 0, 'a sandbox never runs as root');
  return [
    ...['run', '--interactive', '--init', '--name', spec.name],
    ...labelArguments(spec),
    ...['--network', 'none', '--hostname', 'nanoclaw'],
    ...['--read-only', ...(differences.isolation ?? []), ...temporaryFolders(spec, differences.home)],
    ...['--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
    ...['--security-opt', `seccomp=${from.systemCallFilter}`],
    ...['--user', `${spec.user.uid}:${spec.user.gid}`],
    ...differences.ceilings,
    ...['--ulimit', `nofile=${MAX_OPEN_FILES}:${MAX_OPEN_FILES}`, '--ulimit', 'core=0:0'],
    ...['--log-driver', 'none', '--pull', 'never', '--workdir', SANDBOX_PATHS.group],
    ...environmentArguments(spec.environment),
    ...spec.mounts.flatMap((mount) => ['--mount', mountArgument(mount)]),
    from.image,
  ];
}

/** The same number twice means no swap: the limit is a limit. */
export function memoryCeiling({ limits }: SandboxSpec): string[] {
  return ['--memory', String(limits.memoryBytes), '--memory-swap', String(limits.memoryBytes)];
}

/** By these a driver finds its sandboxes again. */
export function labelArguments(spec: SandboxSpec): string[] {
  return [
    ...['--label', `${LABELS.installation}=${spec.installation}`],
    ...['--label', `${LABELS.group}=${spec.groupFolder}`],
    ...['--label', `${LABELS.run}=${spec.runId}`],
  ];
}

/** Memory-backed, gone with the sandbox, and executable: agents compile and run things there. */
function temporaryFolders({ limits }: SandboxSpec, home: string): string[] {
  const options = `rw,exec,nosuid,nodev,size=${limits.tmpBytes}`;
  return [
    ...['--tmpfs', `/tmp:${options},mode=1777`],
    ...['--tmpfs', `${SANDBOX_PATHS.home}:${options},${home}`],
    ...['--shm-size', String(limits.tmpBytes)],
  ];
}

export function environmentArguments(environment: Readonly<Record<string, string>>): string[] {
  return Object.entries(environment).flatMap(([name, value]) => ['--env', environmentArgument(name, value)]);
}

/** Always with `=`: a bare name would make the client copy the host's variable into the sandbox. */
function environmentArgument(name: string, value: string): string {
  assert(/^[A-Za-z_][A-Za-z0-9_]*$/.test(name), `${JSON.stringify(name)} is the name of an environment variable`);
  return `${name}=${value}`;
}
