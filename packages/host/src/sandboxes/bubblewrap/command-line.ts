import { SANDBOX_PATHS } from '@nanoclaw/protocol';
import { LABELS, type Mount, type SandboxSpec, type SandboxUser } from '../spec.ts';
import { type ControlGroupLayout, limitWrites } from './control-groups.ts';
import { generatedFiles, type RootFacts, rootArguments } from './root-file-system.ts';

/** Host files that every sandbox sees in `/app`, by absolute, resolved paths. */
export interface AppFiles {
  readonly runnerFile: string;
  readonly claudeFile: string;
  readonly nodeFile: string;
}

/** All a command line depends on besides the spec. */
export interface CommandLineFacts {
  readonly bwrapPath: string;
  readonly app: AppFiles;
  /** Who the host process is. */
  readonly host: SandboxUser;
  readonly root: RootFacts;
  readonly controlGroups: ControlGroupLayout | undefined;
  /** Bubblewrap 0.8 and later can also forbid user namespaces by their count; the filter forbids them anyway. */
  readonly canDisableUserNamespaces: boolean;
  /** Arguments in front of everything, such as those of a tool that changes the user or joins a service. */
  readonly launchPrefix: readonly string[];
}

/**
 * Descriptors a started sandbox inherits: the filter, bubblewrap's status reports, where the first process inside says
 * that it runs, then the generated files in their order.
 */
export const DESCRIPTORS = { seccomp: 3, status: 4, started: 5, firstFile: 6 } as const;

const PATH = '/usr/local/bin:/usr/bin:/bin:/app';

/**
 * Closes every descriptor above the last that is meant for the sandbox: whoever started the host may have left it an
 * open directory. Offers itself to the kernel before the host when the machine runs out of memory. Then writes pairs of
 * file and value up to `--`, and becomes the rest. What it limits is itself, so that nothing ever runs without limits.
 * The one write that may fail is a share of the processor above that of a parent group, whose share holds anyway.
 * Only bash can name descriptors of more than one digit.
 */
const ENTRY_SCRIPT = [
  'cd /proc/self/fd; for fd in *; do if [ "$fd" -gt "$1" ]; then exec {fd}>&-; fi; done; cd /; shift',
  'printf 500 >/proc/self/oom_score_adj',
  'while [ "$1" != -- ]; do printf %s "$2" >"$1" || case $1 in */cpu.cfs_quota_us) ;; *) exit 125 ;; esac; shift 2; done',
  'shift; exec "$@"',
].join('; ');

/**
 * First process of the sandbox: says that everything before it has succeeded, reaps orphans, because a shell waits for
 * every child, and passes the exit code on.
 */
const INIT_SCRIPT = 'echo >&5; exec 5>&-; ulimit -c 0; umask 022; shift 4; "$@"; exit $?';

/** Name by which `process-scan` knows the first process; the four labels follow it. */
export const INIT_NAME = 'nanoclaw-init';

/**
 * The whole command of one sandbox. From the outside in:
 *
 *     launch prefix
 *     bash        closes stray descriptors; (control groups) sets the limits and joins
 *     nice        (no control groups) substitute of the limit on the processor
 *     setpriv     (root) is ended by the kernel when the host process ends
 *     unshare     (root) holds an outer process namespace
 *     bwrap       makes the root file system and the namespaces
 *     setpriv     (root) gives up root for good
 *     prlimit     (no control groups) substitutes of the other limits
 *     sh          first process inside
 *     node        the runner
 *
 * The outer namespace is there because bubblewrap's own watcher gives up all capabilities and can then no longer end
 * processes of another user: as the first process of a namespace it need not, its end is the end of all others.
 *
 * A host that is not root needs neither of the steps marked with root: sandboxes are then the host's own user in a user
 * namespace. Weaker than with control groups are then: memory is bounded per process and not in sum, and the processor
 * by a lower priority only. The number of processes holds in both cases, for an unprivileged host per sandbox, for root
 * over all its sandboxes together.
 */
export function commandLine(facts: CommandLineFacts, spec: SandboxSpec): string[] {
  const isRoot = facts.host.uid === 0;
  return [
    ...facts.launchPrefix,
    ...entry(facts, spec),
    ...(isRoot ? keeper() : []),
    ...[facts.bwrapPath, ...namespaces(facts, spec)],
    ...rootArguments(facts.root, {
      limits: spec.limits,
      files: generatedFiles(spec.user),
      firstFileDescriptor: DESCRIPTORS.firstFile,
    }),
    ...mountArguments(facts.app, spec),
    ...['--remount-ro', '/', '--chdir', startFolder(spec), ...environmentArguments(spec)],
    ...['--seccomp', `${DESCRIPTORS.seccomp}`, '--json-status-fd', `${DESCRIPTORS.status}`, '--'],
    ...(isRoot ? dropRoot(spec.user) : []),
    ...innerLimits(facts, spec),
    ...['sh', '-c', INIT_SCRIPT, INIT_NAME, ...labelArguments(spec)],
    ...[`${SANDBOX_PATHS.app}/node`, `${SANDBOX_PATHS.app}/runner.mjs`],
  ];
}

/** A command that succeeds where sandboxes can be made: the same steps around nothing. */
export function trialCommandLine(facts: CommandLineFacts): string[] {
  const isRoot = facts.host.uid === 0;
  const user = isRoot ? { uid: 65_534, gid: 65_534 } : facts.host;
  const root = ['--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev', '--clearenv', '--setenv', 'PATH', PATH];
  const bubblewrap = [facts.bwrapPath, ...namespaces(facts, { user }), ...root, '--'];
  const inner = [...(isRoot ? dropRoot(user) : []), 'true'];
  return [...facts.launchPrefix, ...(isRoot ? keeper() : []), ...bubblewrap, ...inner];
}

function entry(facts: CommandLineFacts, spec: SandboxSpec): string[] {
  const lastDescriptor = DESCRIPTORS.firstFile + generatedFiles(spec.user).length - 1;
  const { controlGroups } = facts;
  const writes = controlGroups === undefined ? [] : limitWrites(controlGroups, spec).flat();
  const priority = controlGroups === undefined ? ['nice', '-n', '10'] : [];
  // Given a socket as stdin, bash takes itself for a remote shell and would read the start-up file of the host's user.
  return ['bash', '--norc', '-c', ENTRY_SCRIPT, 'nanoclaw-entry', `${lastDescriptor}`, ...writes, '--', ...priority];
}

function innerLimits(facts: CommandLineFacts, { limits }: SandboxSpec): string[] {
  if (facts.controlGroups !== undefined) return [];
  return ['prlimit', `--nproc=${limits.pids}`, `--data=${limits.memoryBytes}`];
}

function keeper(): string[] {
  return ['setpriv', '--pdeathsig', 'KILL', '--', 'unshare', '--pid', '--fork', '--kill-child=KILL', '--'];
}

function namespaces(facts: CommandLineFacts, spec: Pick<SandboxSpec, 'user'>): string[] {
  const common = ['--unshare-ipc', '--unshare-pid', '--unshare-net', '--unshare-uts', '--unshare-cgroup'];
  return [
    ...[...common, '--hostname', 'nanoclaw', '--new-session', '--die-with-parent', '--as-pid-1', '--cap-drop', 'ALL'],
    ...(facts.host.uid === 0 ? identityOfRoot() : identityOfOthers(facts, spec.user)),
  ];
}

/** Only what is needed to become somebody else; all three are gone when the runner starts. */
function identityOfRoot(): string[] {
  return ['CAP_SETUID', 'CAP_SETGID', 'CAP_SETPCAP'].flatMap((capability) => ['--cap-add', capability]);
}

function identityOfOthers(facts: CommandLineFacts, user: SandboxUser): string[] {
  const disable = facts.canDisableUserNamespaces ? ['--disable-userns'] : [];
  return ['--unshare-user', ...disable, '--uid', `${user.uid}`, '--gid', `${user.gid}`];
}

function dropRoot(user: SandboxUser): string[] {
  const identity = ['--reuid', `${user.uid}`, '--regid', `${user.gid}`, '--clear-groups'];
  return ['setpriv', ...identity, '--inh-caps=-all', '--bounding-set=-all', '--no-new-privs', '--'];
}

/** A mount of the spec may stand in for a file of `/app`; then the file itself need not exist. */
function mountArguments(app: AppFiles, spec: SandboxSpec): string[] {
  const covered = new Set(spec.mounts.map(({ target }) => target));
  const own = appMounts(app).filter(({ target }) => !covered.has(target));
  const mounts = [...own.map((mount): Mount => ({ ...mount, mode: 'read-only' })), ...spec.mounts];
  return mounts.flatMap(({ source, target, mode }, index) => [
    ...missingParents(target, mounts.slice(0, index)).flatMap((path) => ['--dir', path]),
    ...[mode === 'read-only' ? '--ro-bind' : '--bind', source, target],
  ]);
}

/** Directories above a target that are to be made: bubblewrap makes its own for root only. None inside a mounted folder. */
function missingParents(target: string, earlier: readonly Mount[]): string[] {
  const parts = target.split('/').slice(1, -1);
  const parents = parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
  return parents.filter((path) => !earlier.some((mount) => `${path}/`.startsWith(`${mount.target}/`)));
}

/** Files of the host by where they are seen inside. */
export function appMounts(app: AppFiles): { source: string; target: string }[] {
  return [
    { source: app.runnerFile, target: `${SANDBOX_PATHS.app}/runner.mjs` },
    { source: app.claudeFile, target: `${SANDBOX_PATHS.app}/claude` },
    { source: app.nodeFile, target: `${SANDBOX_PATHS.app}/node` },
  ];
}

function startFolder(spec: SandboxSpec): string {
  return spec.mounts.some(({ target }) => target === SANDBOX_PATHS.group) ? SANDBOX_PATHS.group : '/';
}

function environmentArguments(spec: SandboxSpec): string[] {
  const environment = { PATH, ...spec.environment };
  return ['--clearenv', ...Object.entries(environment).flatMap(([name, value]) => ['--setenv', name, value])];
}

/** Four arguments, in the order `process-scan` reads them. */
function labelArguments(spec: SandboxSpec): string[] {
  return [
    `nanoclaw.name=${spec.name}`,
    `${LABELS.installation}=${spec.installation}`,
    `${LABELS.group}=${spec.groupFolder}`,
    `${LABELS.run}=${spec.runId}`,
  ];
}
