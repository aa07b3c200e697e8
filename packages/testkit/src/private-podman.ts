import assert from 'node:assert';
import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Podman for tests: a store of its own, that shares nothing with the machine's. */
export interface TestPodman {
  /** The program: podman itself, or one that becomes another user first. */
  readonly command: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Who calls it. */
  readonly user: { uid: number; gid: number };
}

/** An unprivileged user that is in nobody's user list but the test's, with user ids to give away. */
const ROOTLESS = { name: 'nanoclaw-test', uid: 61_200, gid: 61_200, firstSubId: 2_000_000, subIds: 65_536 };

/**
 * Longest path of the folder where containers' processes are watched, in characters. With a longer one Podman moves the
 * sockets of a container to a place that it does not find again when it cleans up, and takes 20 seconds more for each.
 */
const MAX_RUN_ROOT_CHARS = 50;

/** Podman as root, with everything of it below `directory`. */
export function rootPodman(directory: string): TestPodman {
  const files = writeSettings(directory);
  return { command: 'podman', environment: { ...process.env, ...files }, user: { uid: 0, gid: 0 } };
}

/**
 * Podman as a user without rights, called by root. The user exists for these processes only: they see lists of users of
 * their own in a mount namespace, and the machine's stay as they are.
 */
export function rootlessPodman(directory: string): TestPodman {
  const { name, uid, gid, firstSubId, subIds } = ROOTLESS;
  const own = join(directory, 'user');
  const files = writeSettings(own);
  const home = join(own, 'home');
  const runtime = join(own, 'runtime');
  // Without root, Podman keeps its run root there whatever its settings say.
  const runRoot = join(runtime, 'containers');
  assert(runRoot.length <= MAX_RUN_ROOT_CHARS, `${runRoot} is too long: ${MAX_RUN_ROOT_CHARS} characters at most`);
  for (const folder of [home, runtime]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chownSync(folder, uid, gid);
  }
  for (const folder of ['data', 'run', 'tmp']) chownSync(join(own, folder), uid, gid);
  const lists = join(own, 'etc');
  mkdirSync(lists, { recursive: true });
  for (const list of ['passwd', 'group']) copyFileSync(join('/etc', list), join(lists, list));
  append(join(lists, 'passwd'), `${name}:x:${uid}:${gid}::${home}:/bin/sh\n`);
  append(join(lists, 'group'), `${name}:x:${gid}:\n`);
  for (const list of ['subuid', 'subgid']) writeFileSync(join(lists, list), `${name}:${firstSubId}:${subIds}\n`);
  const command = join(own, 'podman-as-user');
  const mounts = ['passwd', 'group', 'subuid', 'subgid'].map(
    (list) => `mount --bind ${join(lists, list)} /etc/${list}`,
  );
  const become = `cd /; exec setpriv --reuid ${uid} --regid ${gid} --clear-groups -- podman "$@"`;
  const script = [
    '#!/bin/bash',
    `exec unshare --mount --propagation private -- bash -c '${mounts.join('; ')}; ${become}' as "$@"`,
  ];
  writeFileSync(command, `${script.join('\n')}\n`);
  chmodSync(command, 0o755);
  const environment = { ...process.env, ...files, HOME: home, XDG_RUNTIME_DIR: runtime };
  return { command, environment, user: { uid, gid } };
}

/** Removes every container and everything below `directory`. */
export async function removePodman({ command, environment }: TestPodman, directory: string): Promise<void> {
  await run(command, ['system', 'reset', '--force'], { env: environment }).catch(() => {});
  rmSync(directory, { recursive: true, force: true });
}

/** Why Podman cannot be tested here, and the one command that would change that; undefined when it can. */
export function whyNoPodman(): string | undefined {
  const missing = ['podman', 'catatonit', 'runc', 'newuidmap'].filter((program) => !isInstalled(program));
  if (process.getuid?.() !== 0) return 'only root can give Podman a store of its own';
  if (missing.length === 0) return undefined;
  return `${missing.join(', ')} missing; run: apt-get install -y podman catatonit runc uidmap`;
}

function isInstalled(program: string): boolean {
  try {
    execFileSync('which', [program], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Settings of an own store; the runtime is runc where control groups are mixed, which crun refuses. */
function writeSettings(directory: string): { CONTAINERS_CONF: string; CONTAINERS_STORAGE_CONF: string } {
  for (const folder of ['data', 'run', 'tmp']) mkdirSync(join(directory, folder), { recursive: true });
  const CONTAINERS_CONF = join(directory, 'containers.conf');
  const CONTAINERS_STORAGE_CONF = join(directory, 'storage.conf');
  const engine = ['cgroup_manager = "cgroupfs"', 'events_logger = "file"', 'runtime = "runc"'];
  writeFileSync(CONTAINERS_CONF, `[engine]\n${engine.join('\n')}\ntmp_dir = "${join(directory, 'tmp')}"\n`);
  const roots = [`graphroot = "${join(directory, 'data')}"`, `runroot = "${join(directory, 'run')}"`];
  const store = ['driver = "overlay"', ...roots, `rootless_storage_path = "${join(directory, 'data')}"`];
  writeFileSync(CONTAINERS_STORAGE_CONF, `[storage]\n${store.join('\n')}\n`);
  return { CONTAINERS_CONF, CONTAINERS_STORAGE_CONF };
}

function append(file: string, line: string): void {
  writeFileSync(file, readFileSync(file, 'utf8') + line);
}
