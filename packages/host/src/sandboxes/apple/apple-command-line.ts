import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { SANDBOX_PATHS } from '@nanoclaw/protocol';
import { assert } from '../../kernel/errors.ts';
import { mountArgument } from '../engine/mount-argument.ts';
import { environmentArguments, labelArguments, MAX_OPEN_FILES } from '../engine/run-arguments.ts';
import type { SandboxSpec } from '../spec.ts';

/** Places inside; `/tmp` is in memory and gone with the sandbox. */
export const APPLE_PATHS = {
  /** Published to the host, which connects to it. */
  lines: '/tmp/nanoclaw-lines.sock',
  /** What the runner takes for the gateway. */
  gateway: '/tmp/nanoclaw-gateway.sock',
  /** `inside/gateway-lines.mjs`. */
  script: '/opt/nanoclaw/gateway-lines.mjs',
} as const;

const MIB = 2 ** 20;

/** What every sandbox is made with. */
export interface AppleSource {
  readonly image: string;
  /** Absolute path of `inside/gateway-lines.mjs`. */
  readonly linesScript: string;
}

/** The two ends of the way to the gateway on the host. */
export function socketsOf(spec: SandboxSpec): { gateway: string; published: string } {
  const gateway = spec.mounts.find(({ target }) => target === SANDBOX_PATHS.gatewaySocket)?.source;
  assert(gateway !== undefined, 'every sandbox has a way to the gateway');
  // Paths of sockets are short, and names of sandboxes need not be.
  const name = createHash('sha256').update(spec.name).digest('hex').slice(0, 12);
  return { gateway, published: join(dirname(gateway), `${name}.sock`) };
}

/**
 * The arguments of Apple's `container` that run one sandbox. Each has a kernel of its own in a virtual machine: there is no
 * filter of system calls to give and no host whose processes could be seen. A socket of the host cannot be mounted, but one
 * of the sandbox can be published; what listens on it inside is `gateway-lines.mjs`, in front of the image's own program.
 */
export function appleRunArguments(spec: SandboxSpec, { image, linesScript }: AppleSource): string[] {
  assert(spec.user.uid > 0 && spec.user.gid > 0, 'a sandbox never runs as root');
  const { limits, user } = spec;
  const mounts = [
    ...spec.mounts.filter(({ target }) => target !== SANDBOX_PATHS.gatewaySocket),
    { source: linesScript, target: APPLE_PATHS.script, mode: 'read-only' as const },
  ];
  return [
    ...['run', '--interactive', '--init', '--progress', 'none', '--name', spec.name],
    ...labelArguments(spec),
    ...['--network', 'none', '--no-dns'],
    ...['--read-only', '--tmpfs', '/tmp', '--tmpfs', SANDBOX_PATHS.home],
    ...['--cap-drop', 'ALL', '--user', `${user.uid}:${user.gid}`],
    ...['--cpus', String(Math.ceil(limits.cpus)), '--memory', `${Math.floor(limits.memoryBytes / MIB)}M`],
    ...['--ulimit', `nproc=${limits.pids}:${limits.pids}`],
    ...['--ulimit', `nofile=${MAX_OPEN_FILES}:${MAX_OPEN_FILES}`, '--ulimit', 'core=0:0'],
    ...['--publish-socket', `${socketsOf(spec).published}:${APPLE_PATHS.lines}`],
    ...['--workdir', SANDBOX_PATHS.group],
    ...environmentArguments({ ...spec.environment, NANOCLAW_GATEWAY_SOCKET: APPLE_PATHS.gateway }),
    ...mounts.flatMap((mount) => ['--mount', mountArgument(mount)]),
    ...['--entrypoint', 'node', image],
    ...[APPLE_PATHS.script, APPLE_PATHS.lines, APPLE_PATHS.gateway],
    ...['node', `${SANDBOX_PATHS.app}/runner.mjs`],
  ];
}
