import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { SANDBOX_PATHS } from '@nanoclaw/protocol';
import type { CheckScene, CheckTrial } from '../sandboxes/check-facts.ts';
import type { SandboxCheckDeps } from './sandbox-check.ts';

/** Nothing may be written in any of these; what does not exist in a sandbox cannot be written either. */
const WRITE = [
  ...[
    '/',
    '/bin',
    '/etc',
    '/home',
    '/lib',
    '/opt',
    '/proc',
    '/root',
    '/run',
    '/sys',
    '/usr',
    '/usr/bin',
    '/var',
    '/var/tmp',
  ],
  ...['/etc/passwd', '/proc/sys/kernel/core_pattern', '/proc/sysrq-trigger', '/sys/fs/cgroup', '/workspace'],
  ...[SANDBOX_PATHS.app, `${SANDBOX_PATHS.app}/runner.mjs`, SANDBOX_PATHS.global],
];

const WORK_PLACES = [SANDBOX_PATHS.group, SANDBOX_PATHS.ipc, SANDBOX_PATHS.claude, SANDBOX_PATHS.home, '/tmp'];

/** Sockets by which an engine or a session of the host would do what it is told. */
const HOST_SOCKETS = [
  ...['/var/run/docker.sock', '/run/docker.sock', '/run/containerd/containerd.sock', '/run/podman/podman.sock'],
  ...['/run/dbus/system_bus_socket', '/run/systemd/private'],
];

/** A public address, a metadata service, and private networks. */
const ADDRESSES = ['1.1.1.1', '169.254.169.254', '10.0.0.1', '172.17.0.1', '192.168.0.1'];

const PROGRAMS = [
  ['unshare', '--user', 'true'],
  ['unshare', '--mount', 'true'],
  ['mount', '-t', 'tmpfs', 'none', '/tmp'],
  ['chroot', '/', 'true'],
];

/** The names of the host's environment that every sandbox may have too. */
const SHARED_NAMES = new Set(['PATH', 'HOME', 'TZ', 'LANG', 'USER', 'HOSTNAME', 'SHLVL', 'PWD', 'OLDPWD', '_']);

/** Everything that is tried inside. `port` is one of the host's own that listens. */
export function trialOf(
  { settings, ownPlaces }: Pick<SandboxCheckDeps, 'settings' | 'ownPlaces'>,
  { token, port }: { token: string; port: number },
): CheckTrial {
  const { tmpBytes, pids, memoryBytes } = settings.limits;
  return {
    write: WRITE,
    workPlaces: WORK_PLACES,
    read: [...ownPlaces, ...HOST_SOCKETS, join(homedir(), '.ssh')],
    connect: [{ host: '127.0.0.1', port }, ...ADDRESSES.map((host) => ({ host, port: 80 }))],
    names: ['example.com', 'metadata.google.internal'],
    run: PROGRAMS,
    forbidden: [`127.0.0.1:${port}`, '169.254.169.254:80', '10.0.0.1:80', '[::1]:80'],
    socket: SANDBOX_PATHS.gatewaySocket,
    ...{ token, tmpBytes, pids, memoryBytes },
  };
}

/** What the host knows from outside. */
export function viewOf({
  driver,
  settings,
  environment,
  secrets,
}: SandboxCheckDeps): Omit<CheckScene, keyof CheckTrial | 'writtenBy'> {
  return {
    user: settings.user,
    hasOwnKernel: driver.kind === 'apple',
    namespaces: Object.fromEntries(namesIn(NAMESPACES).map((name) => [name, readlinkSync(join(NAMESPACES, name))])),
    secrets,
    hostEnvironment: linesOf(environment),
  };
}

/** None on a Mac. */
const NAMESPACES = '/proc/self/ns';

function namesIn(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}

function linesOf(environment: SandboxCheckDeps['environment']): string[] {
  return Object.entries(environment).flatMap(([name, value]) =>
    value === undefined || value === '' || SHARED_NAMES.has(name) ? [] : [`${name}=${value}`],
  );
}
