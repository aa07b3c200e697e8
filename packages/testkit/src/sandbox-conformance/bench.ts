import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningSandbox, SandboxDriver } from '@nanoclaw/host/sandboxes/sandbox.js';
import { baseEnvironment, type SandboxSpec, type SandboxUser, sandboxName } from '@nanoclaw/host/sandboxes/spec.js';
import { SANDBOX_PATHS } from '@nanoclaw/protocol';
import { openProbe, PROBE_FILE, type ProbeSession } from '../probe-session.ts';
import { reachableCopy } from '../reachable-copy.ts';

/** A started sandbox with the probe in the runner's place. */
export interface ProbedSandbox {
  running: RunningSandbox;
  probe: ProbeSession;
  /** Everything written to stderr so far. */
  errors(): string;
}

/** What the checks of one driver share: folders to mount, a driver of a fresh installation, and a clean end. */
export interface Bench {
  readonly driver: SandboxDriver;
  readonly installation: string;
  readonly user: SandboxUser;
  /** Host folder that holds `read-only` and `read-write`; nobody but the host's user may enter it. */
  readonly folder: string;
  spec(changes?: Partial<SandboxSpec>): SandboxSpec;
  /** Starts a sandbox; it is ended after the check if the check does not. */
  start(changes?: Partial<SandboxSpec>): ProbedSandbox;
  /** Ends what checks have started. */
  stopAll(): Promise<void>;
  close(): void;
}

const MEBIBYTE = 1024 * 1024;
export const TMP_BYTES = 32 * MEBIBYTE;

/** Where the bench's two folders are seen inside. */
export const INSIDE = { readOnly: '/workspace/global', readWrite: SANDBOX_PATHS.group } as const;

let serial = 0;

export function createBench(options: {
  createDriver: (installation: string) => SandboxDriver;
  user: SandboxUser;
  host: SandboxUser;
}): Bench {
  const { user, host } = options;
  const installation = uniqueName('conformance');
  const driver = options.createDriver(installation);
  const folder = prepareFolder(user, host);
  const running: RunningSandbox[] = [];
  const spec: Bench['spec'] = (changes) => ({ ...aSpec(installation, folder, user), ...changes });
  return {
    driver,
    installation,
    user,
    folder,
    spec,
    start(changes) {
      const sandbox = driver.start(spec(changes));
      running.push(sandbox);
      let errors = '';
      sandbox.stderr.setEncoding('utf8');
      sandbox.stderr.on('data', (part: string) => {
        errors += part;
      });
      return { running: sandbox, probe: openProbe(sandbox), errors: () => errors };
    },
    async stopAll() {
      await Promise.all(running.splice(0).map((sandbox) => sandbox.stop()));
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A name no other check uses, also not one of a run at the same time. */
export function uniqueName(prefix: string): string {
  serial += 1;
  return `${prefix}-${process.pid}-${Date.now()}-${serial}`;
}

/** A duration for `sleep` that no other process of the machine has in its command line. */
export function markedDuration(): string {
  return `3600.${Math.floor(Math.random() * 1e12)}`;
}

function prepareFolder(user: SandboxUser, host: SandboxUser): string {
  const folder = mkdtempSync(join(tmpdir(), 'nanoclaw-conformance-'));
  for (const name of ['read-only', 'read-write']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'read-only', 'note.txt'), 'a note for everybody\n');
  writeFileSync(join(folder, 'secret.txt'), 'not for sandboxes\n');
  if (process.getuid?.() === 0) {
    for (const path of ['', 'read-only', 'read-only/note.txt', 'secret.txt'])
      chownSync(join(folder, path), host.uid, host.gid);
    chownSync(join(folder, 'read-write'), user.uid, user.gid);
  }
  // The note must be readable to the sandbox user even under a strict umask; the folder above stays closed.
  for (const [path, mode] of [
    ['read-only', 0o755],
    ['read-only/note.txt', 0o644],
  ] as const)
    chmodSync(join(folder, path), mode);
  return folder;
}

function aSpec(installation: string, folder: string, user: SandboxUser): SandboxSpec {
  serial += 1;
  return {
    name: sandboxName('conformance', Date.now() * 1000 + serial),
    installation,
    groupFolder: 'conformance',
    runId: uniqueName('run'),
    user,
    mounts: [
      { source: reachableCopy(PROBE_FILE), target: `${SANDBOX_PATHS.app}/runner.mjs`, mode: 'read-only' },
      { source: join(folder, 'read-only'), target: INSIDE.readOnly, mode: 'read-only' },
      { source: join(folder, 'read-write'), target: INSIDE.readWrite, mode: 'read-write' },
    ],
    environment: { ...baseEnvironment('UTC'), NANOCLAW_CHECK: 'from the spec' },
    limits: { memoryBytes: 768 * MEBIBYTE, cpus: 2, pids: 256, tmpBytes: TMP_BYTES },
  };
}

/** Processes of the whole machine with exactly this argument, as the host sees them. */
export function hostProcesses(argument: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && commandLineOf(pid).includes(argument));
}

function commandLineOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}
