import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Clock } from '../../kernel/clock.ts';
import type { Availability, ImageState, RunningSandbox, SandboxDriver } from '../sandbox.ts';
import type { SandboxSpec, SandboxUser } from '../spec.ts';
import { type AppFiles, commandLine, trialCommandLine } from './command-line.ts';
import { emptyAndRemoveGroups, tidyGroups } from './control-group-files.ts';
import { endFirstProcess, waitUntilGone } from './end-process.ts';
import { readHostFacts } from './host-facts.ts';
import { childrenOf, findSandboxes } from './process-scan.ts';
import { runSandbox } from './run-sandbox.ts';
import { seccompProgram } from './seccomp.ts';
import { tableOf } from './system-calls.ts';
import { TOOL_ENVIRONMENT } from './tool-environment.ts';

const execute = promisify(execFile);
const TRIAL_LIMIT_MS = 10_000;

export interface BubblewrapDeps {
  /** What the sandboxes see in `/app`. */
  readonly app: AppFiles;
  /** Real ids of the host process. */
  readonly host: SandboxUser;
  /** Identifies the sandboxes of this home among all on the machine: letters, digits, `_` and `-`. */
  readonly installation: string;
  readonly clock: Clock;
  /** Default: `bwrap` of the system. */
  readonly bwrapPath?: string;
  /** As Node names it; default: this machine's. */
  readonly architecture?: string;
  /**
   * Put in front of every command, for hosts that make sandboxes as somebody else. With it, control groups are left
   * to whatever the prefix does, and `host` is who it makes of us.
   */
  readonly launchPrefix?: readonly string[];
}

/** The driver for machines without a container engine: sandboxes out of the host's own `/usr`, made by bubblewrap. */
export function createBubblewrapDriver(deps: BubblewrapDeps): SandboxDriver {
  const { app, host, installation, clock } = deps;
  const launchPrefix = deps.launchPrefix ?? [];
  const readFacts = () =>
    readHostFacts({ ...{ app, host, installation, launchPrefix }, bwrapPath: deps.bwrapPath ?? 'bwrap' });
  // Asked once: a command line must not change between being shown and being run. `available` asks again.
  let facts = readFacts();
  const seccomp = systemCallFilter(deps.architecture ?? process.arch);
  const live = new Map<string, RunningSandbox>();
  return {
    kind: 'bubblewrap',
    async available() {
      facts = readFacts();
      if (facts.controlGroups) tidyGroups(facts.controlGroups, installation, clock.now());
      if (facts.version === undefined) return notInstalled(host);
      if ('missing' in seccomp) return { ok: false, reason: seccomp.missing, remedy: 'SANDBOX=docker npm start' };
      const complaint = await tryOut(trialCommandLine(facts));
      if (complaint !== undefined) return refused(host, complaint);
      const limits = facts.controlGroups ? `control groups v${facts.controlGroups.version}` : 'process limits';
      return { ok: true, detail: `bubblewrap ${facts.version}, limits by ${limits}` };
    },
    image: () => Promise.resolve(appState(app)),
    commandLine: (spec) => commandLine(facts, spec),
    start(spec: SandboxSpec) {
      const sandbox = runSandbox({ facts, clock, seccomp }, spec);
      live.set(spec.name, sandbox);
      void sandbox.exited.then(() => live.delete(spec.name));
      return sandbox;
    },
    list: () =>
      Promise.resolve(findSandboxes(installation, host.uid).map(({ pid: _, installation: __, ...info }) => info)),
    async stop(name) {
      const own = live.get(name);
      const strangers = findSandboxes(installation, host.uid).filter((found) => found.name === name);
      if (own !== undefined) await own.stop();
      else for (const { pid } of strangers) await endStranger(pid, clock);
      // Also for a name that no process has: groups may be left, and in them what lost its outermost process.
      if (facts.controlGroups) await emptyAndRemoveGroups(facts.controlGroups, { installation, name }, clock);
      return own !== undefined || strangers.length > 0;
    },
  };
}

/** Ends a sandbox that another host process started. */
async function endStranger(pid: number, clock: Clock): Promise<void> {
  const all = [pid, ...childrenOf(pid)];
  await endFirstProcess(pid, clock);
  await waitUntilGone(all, clock);
}

/** What the trial complained about; undefined when it succeeded. */
async function tryOut([command = '', ...args]: readonly string[]): Promise<string | undefined> {
  try {
    await execute(command, args, { timeout: TRIAL_LIMIT_MS, env: TOOL_ENVIRONMENT, cwd: '/' });
    return undefined;
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    return stderr?.trim() || String(error);
  }
}

function appState(app: AppFiles): ImageState {
  const missing = Object.values(app).find((file) => !existsSync(file));
  if (missing === undefined) return { phase: 'ready' };
  return { phase: 'missing', reason: `${missing} does not exist`, remedy: 'npm run build' };
}

function notInstalled(host: SandboxUser): Availability {
  const remedy = `${sudo(host)}apt-get install -y bubblewrap`;
  return { ok: false, reason: 'bubblewrap is not installed', remedy };
}

function systemCallFilter(architecture: string): Buffer | { missing: string } {
  if (tableOf(architecture) !== undefined) return seccompProgram(architecture);
  return { missing: `bubblewrap sandboxes have no system call filter for ${architecture}` };
}

/** Bubblewrap is there and the kernel refuses; the switch that refuses is usually one of these. */
function refused(host: SandboxUser, complaint: string): Availability {
  const reason = `bubblewrap cannot make a sandbox here: ${complaint}`;
  const switches = [
    ['kernel.unprivileged_userns_clone', '0', '1'],
    ['kernel.apparmor_restrict_unprivileged_userns', '1', '0'],
    ['user.max_user_namespaces', '0', '15000'],
  ] as const;
  const set = host.uid === 0 ? undefined : switches.find(([name, bad]) => readSwitch(name) === bad);
  const remedy = set === undefined ? `${sudo(host)}apt-get install -y docker.io` : `sudo sysctl ${set[0]}=${set[2]}`;
  return { ok: false, reason, remedy };
}

function readSwitch(name: string): string | undefined {
  const file = `/proc/sys/${name.replaceAll('.', '/')}`;
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
}

function sudo(host: SandboxUser): string {
  return host.uid === 0 ? '' : 'sudo ';
}
