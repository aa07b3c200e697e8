/** Numbers of one architecture. */
export interface SystemCallTable {
  /** AUDIT_ARCH_*: what the kernel calls the architecture. */
  readonly auditArchitecture: number;
  /** The highest number anybody has looked at; newer calls are refused until somebody does. */
  readonly highest: number;
  /** From here on numbers belong to a second calling convention (x32). */
  readonly secondAbi?: number;
  /** Calls of which only some uses are refused. */
  readonly special: Readonly<Record<'clone' | 'clone3' | 'socket' | 'ioctl' | 'personality', number>>;
  /** The calls of `DENIED_CALLS` that exist on this architecture. */
  readonly numbers: Readonly<Record<string, number>>;
}

/** What no agent needs, by what it would reach. */
export const DENIED_CALLS: readonly string[] = [
  // Mounts and roots.
  'mount',
  'umount2',
  'pivot_root',
  'chroot',
  'open_tree',
  'move_mount',
  'fsopen',
  'fsconfig',
  'fsmount',
  'fspick',
  'mount_setattr',
  'statmount',
  'listmount',
  // Namespaces.
  'unshare',
  'setns',
  // Other processes' memory and files.
  'ptrace',
  'process_vm_readv',
  'process_vm_writev',
  'process_madvise',
  'kcmp',
  'pidfd_getfd',
  // Large parts of the kernel with a history of faults.
  'bpf',
  'perf_event_open',
  'userfaultfd',
  'io_uring_setup',
  'io_uring_enter',
  'io_uring_register',
  'fanotify_init',
  // Keys: the kernel's key rings are not part of any namespace.
  'add_key',
  'request_key',
  'keyctl',
  // Files past their path, and quotas.
  'open_by_handle_at',
  'lookup_dcookie',
  'quotactl',
  'quotactl_fd',
  // The kernel itself.
  'kexec_load',
  'kexec_file_load',
  'init_module',
  'finit_module',
  'delete_module',
  'create_module',
  'get_kernel_syms',
  'query_module',
  'syslog',
  'sysfs',
  '_sysctl',
  'nfsservctl',
  'uselib',
  'ustat',
  'lsm_get_self_attr',
  'lsm_set_self_attr',
  'lsm_list_modules',
  // The machine.
  'reboot',
  'swapon',
  'swapoff',
  'acct',
  'sethostname',
  'setdomainname',
  'vhangup',
  'settimeofday',
  'clock_settime',
  'clock_adjtime',
  'iopl',
  'ioperm',
  'modify_ldt',
  // Where memory lies.
  'mbind',
  'set_mempolicy',
  'set_mempolicy_home_node',
  'migrate_pages',
  'move_pages',
];

/** The table of an architecture as Node names it; undefined when there is none. */
export function tableOf(architecture: string): SystemCallTable | undefined {
  return TABLES[architecture];
}

const X64: SystemCallTable = {
  auditArchitecture: 0xc000003e,
  highest: 462,
  secondAbi: 0x40000000,
  special: { clone: 56, clone3: 435, socket: 41, ioctl: 16, personality: 135 },
  // biome-ignore format: a table
  numbers: {
    mount: 165, umount2: 166, pivot_root: 155, chroot: 161, open_tree: 428, move_mount: 429, fsopen: 430,
    fsconfig: 431, fsmount: 432, fspick: 433, mount_setattr: 442, statmount: 457, listmount: 458,
    unshare: 272, setns: 308,
    ptrace: 101, process_vm_readv: 310, process_vm_writev: 311, process_madvise: 440, kcmp: 312, pidfd_getfd: 438,
    bpf: 321, perf_event_open: 298, userfaultfd: 323, io_uring_setup: 425, io_uring_enter: 426,
    io_uring_register: 427, fanotify_init: 300,
    add_key: 248, request_key: 249, keyctl: 250,
    open_by_handle_at: 304, lookup_dcookie: 212, quotactl: 179, quotactl_fd: 443,
    kexec_load: 246, kexec_file_load: 320, init_module: 175, finit_module: 313, delete_module: 176,
    create_module: 174, get_kernel_syms: 177, query_module: 178, syslog: 103, sysfs: 139, _sysctl: 156,
    nfsservctl: 180, uselib: 134, ustat: 136, lsm_get_self_attr: 459, lsm_set_self_attr: 460, lsm_list_modules: 461,
    reboot: 169, swapon: 167, swapoff: 168, acct: 163, sethostname: 170, setdomainname: 171, vhangup: 153,
    settimeofday: 164, clock_settime: 227, clock_adjtime: 305, iopl: 172, ioperm: 173, modify_ldt: 154,
    mbind: 237, set_mempolicy: 238, set_mempolicy_home_node: 450, migrate_pages: 256, move_pages: 279,
  },
};

const ARM64: SystemCallTable = {
  auditArchitecture: 0xc00000b7,
  highest: 462,
  special: { clone: 220, clone3: 435, socket: 198, ioctl: 29, personality: 92 },
  // biome-ignore format: a table
  numbers: {
    mount: 40, umount2: 39, pivot_root: 41, chroot: 51, open_tree: 428, move_mount: 429, fsopen: 430, fsconfig: 431,
    fsmount: 432, fspick: 433, mount_setattr: 442, statmount: 457, listmount: 458,
    unshare: 97, setns: 268,
    ptrace: 117, process_vm_readv: 270, process_vm_writev: 271, process_madvise: 440, kcmp: 272, pidfd_getfd: 438,
    bpf: 280, perf_event_open: 241, userfaultfd: 282, io_uring_setup: 425, io_uring_enter: 426,
    io_uring_register: 427, fanotify_init: 262,
    add_key: 217, request_key: 218, keyctl: 219,
    open_by_handle_at: 265, lookup_dcookie: 18, quotactl: 60, quotactl_fd: 443,
    kexec_load: 104, kexec_file_load: 294, init_module: 105, finit_module: 273, delete_module: 106, syslog: 116,
    nfsservctl: 42, lsm_get_self_attr: 459, lsm_set_self_attr: 460, lsm_list_modules: 461,
    reboot: 142, swapon: 224, swapoff: 225, acct: 89, sethostname: 161, setdomainname: 162, vhangup: 58,
    settimeofday: 170, clock_settime: 112, clock_adjtime: 266,
    mbind: 235, set_mempolicy: 237, set_mempolicy_home_node: 450, migrate_pages: 238, move_pages: 239,
  },
};

const TABLES: Readonly<Record<string, SystemCallTable>> = { x64: X64, arm64: ARM64 };
