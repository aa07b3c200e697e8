import type { SandboxLimits, SandboxUser } from '../spec.ts';

/** What of the host's file system goes into a sandbox; found once by `host-facts`. */
export interface RootFacts {
  /** `/bin`, `/lib` and the like as this host has them: links into `/usr`, or directories of their own. */
  readonly systemPaths: readonly SystemPath[];
  /** Files and directories of `/etc` that programs need and this host has. */
  readonly configuration: readonly string[];
  /** Entries of `/proc` that this kernel has, out of the lists below. */
  readonly procEntries: readonly string[];
}

export type SystemPath =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'link'; readonly path: string; readonly target: string };

/** Looked for on the host, in this order. */
export const SYSTEM_PATHS = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'] as const;

/**
 * Looked for on the host. Nothing else of `/etc` is visible: it is where machines keep their secrets. In particular
 * there is no `resolv.conf`, since there is nobody to ask, and no configuration of git, which may hold tokens.
 */
export const CONFIGURATION_PATHS = [
  '/etc/alternatives',
  '/etc/ca-certificates',
  '/etc/crypto-policies',
  '/etc/fonts',
  '/etc/ld.so.cache',
  '/etc/ld.so.conf',
  '/etc/ld.so.conf.d',
  '/etc/mime.types',
  '/etc/pki/ca-trust',
  '/etc/pki/tls/certs',
  '/etc/protocols',
  '/etc/services',
  '/etc/ssl/certs',
  '/etc/ssl/openssl.cnf',
] as const;

/** Parts of `/proc` that root may write on an ordinary system: bound read-only, whoever the sandbox is. */
const PROC_READ_ONLY = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];
/** Files of `/proc` that tell about the machine or give access to it. */
const PROC_HIDDEN_FILES = [
  '/proc/kcore',
  '/proc/keys',
  '/proc/key-users',
  '/proc/kmsg',
  '/proc/kallsyms',
  '/proc/latency_stats',
  '/proc/sched_debug',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/interrupts',
  '/proc/modules',
  '/proc/config.gz',
];
const PROC_HIDDEN_DIRECTORIES = ['/proc/acpi', '/proc/asound', '/proc/scsi'];

export const PROC_ENTRIES: readonly string[] = [...PROC_READ_ONLY, ...PROC_HIDDEN_FILES, ...PROC_HIDDEN_DIRECTORIES];

/** A file that exists in the sandbox only; bubblewrap reads its text from a descriptor. */
export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

/** Who and where the sandbox is, in the terms of the C library. */
export function generatedFiles(user: SandboxUser): GeneratedFile[] {
  const nobody = 'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n';
  const rootUser = 'root:x:0:0:root:/root:/usr/sbin/nologin\n';
  return [
    { path: '/etc/passwd', text: `${rootUser}node:x:${user.uid}:${user.gid}::/home/node:/bin/bash\n${nobody}` },
    { path: '/etc/group', text: `root:x:0:\nnode:x:${user.gid}:\nnogroup:x:65534:\n` },
    { path: '/etc/hosts', text: '127.0.0.1 localhost nanoclaw\n::1 localhost\n' },
    {
      path: '/etc/nsswitch.conf',
      text: 'passwd: files\ngroup: files\nhosts: files\nservices: files\nprotocols: files\n',
    },
  ];
}

const TOP_DIRECTORIES = ['/etc', '/etc/pki', '/etc/pki/tls', '/etc/ssl', '/home', '/run', '/var'];

/** Arguments that build everything but `/app` and the mounts of the spec. */
export function rootArguments(
  facts: RootFacts,
  options: { limits: SandboxLimits; files: readonly GeneratedFile[]; firstFileDescriptor: number },
): string[] {
  return [
    // Directories that are not asked for by name would be open to root only.
    ...TOP_DIRECTORIES.flatMap((path) => ['--dir', path]),
    ...facts.systemPaths.flatMap(systemPathArguments),
    ...facts.configuration.flatMap((path) => ['--ro-bind', path, path]),
    ...options.files.flatMap(({ path }, index) => [
      '--perms',
      '0444',
      '--file',
      `${options.firstFileDescriptor + index}`,
      path,
    ]),
    ...['--proc', '/proc'],
    ...procArguments(facts.procEntries),
    ...['--dev', '/dev', ...sizedFolder('/dev/shm', options.limits), '--remount-ro', '/dev'],
    ...['/tmp', '/home/node'].flatMap((path) => sizedFolder(path, options.limits)),
    ...['--symlink', '../run', '/var/run', '--symlink', '../tmp', '/var/tmp'],
  ];
}

function systemPathArguments(entry: SystemPath): string[] {
  return entry.kind === 'link' ? ['--symlink', entry.target, entry.path] : ['--ro-bind', entry.path, entry.path];
}

function procArguments(entries: readonly string[]): string[] {
  const present = (paths: readonly string[]): string[] => paths.filter((path) => entries.includes(path));
  return [
    ...present(PROC_READ_ONLY).flatMap((path) => ['--ro-bind', path, path]),
    // A device file on a mount without devices cannot be opened by anybody.
    ...present(PROC_HIDDEN_FILES).flatMap((path) => ['--ro-bind', '/dev/null', path]),
    ...present(PROC_HIDDEN_DIRECTORIES).flatMap((path) => ['--size', '4096', '--tmpfs', path, '--remount-ro', path]),
  ];
}

/** Bubblewrap makes it root's, so it is open to all: inside there is only one user. */
function sizedFolder(path: string, limits: SandboxLimits): string[] {
  return ['--perms', '1777', '--size', String(limits.tmpBytes), '--tmpfs', path];
}
