import { readdirSync, readFileSync, statSync } from 'node:fs';
import type { SandboxInfo } from '../sandbox.ts';
import { LABELS } from '../spec.ts';
import { INIT_NAME } from './command-line.ts';

/** A sandbox as found among the processes of the machine: `pid` is the process that the host started. */
export interface FoundSandbox extends SandboxInfo {
  pid: number;
  installation: string;
}

/** Ticks per second in `/proc/<pid>/stat`; the same on every Linux, whatever the kernel's own clock is. */
const TICKS_PER_SECOND = 100;

/**
 * Sandboxes of an installation that run on this machine, whichever host process started them. They are known by the
 * labels in their command line. A process inside a sandbox can write any command line for itself, so only processes
 * of the host's own process namespace count, which nobody can enter from inside, and of those only the host user's.
 */
export function findSandboxes(installation: string, hostUid: number): FoundSandbox[] {
  const bootTimeMs = readBootTimeMs();
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => describeProcess(Number(name), { hostUid, bootTimeMs }) ?? [])
    .filter((found) => found.installation === installation && namespaceNumbers(found.pid).length === 1);
}

/** Processes started by this one that have not ended. */
export function childrenOf(pid: number): number[] {
  return (readText(`/proc/${pid}/task/${pid}/children`) ?? '').split(' ').filter(Boolean).map(Number);
}

/** Dead but not yet collected counts as gone: nothing of it runs. */
export function isAlive(pid: number): boolean {
  const state = statFields(pid)?.[0];
  return state !== undefined && state !== 'Z' && state !== 'X';
}

/** Whether it does not run any more, because it was halted or has ended. */
export function hasHalted(pid: number): boolean {
  return !isAlive(pid) || statFields(pid)?.[0] === 'T';
}

/** Whether the kernel ends everything in its process namespace together with it. */
export function isFirstOfNamespace(pid: number): boolean {
  const numbers = namespaceNumbers(pid);
  return numbers.length > 1 && numbers.at(-1) === '1';
}

/** Labels out of an argument list; undefined when it is not the command line of a sandbox. Pure. */
export function readLabels(argv: readonly string[]): Omit<FoundSandbox, 'pid' | 'startedAtMs'> | undefined {
  const at = argv.lastIndexOf(INIT_NAME);
  if (at === -1) return undefined;
  const keys = ['nanoclaw.name', LABELS.installation, LABELS.group, LABELS.run];
  const values = keys.map((key, index) => labelValue(argv[at + 1 + index], key));
  const [name, installation, groupFolder, runId] = values;
  if (name === undefined || installation === undefined || groupFolder === undefined || runId === undefined) {
    return undefined;
  }
  return { name, installation, groupFolder, runId };
}

function labelValue(argument: string | undefined, key: string): string | undefined {
  return argument?.startsWith(`${key}=`) ? argument.slice(key.length + 1) : undefined;
}

function describeProcess(pid: number, host: { hostUid: number; bootTimeMs: number }): FoundSandbox | undefined {
  const labels = readLabels((readText(`/proc/${pid}/cmdline`) ?? '').split('\0'));
  const fields = labels && statFields(pid);
  if (labels === undefined || fields === undefined || ownerOf(pid) !== host.hostUid || !isAlive(pid)) return undefined;
  // Field 22 of the file; the state, the first that is kept here, is field 3.
  const startTicks = Number(fields[19]);
  return { ...labels, pid, startedAtMs: host.bootTimeMs + Math.round((startTicks * 1000) / TICKS_PER_SECOND) };
}

/** A process has one number for every namespace from the one of this `/proc` down to its own. */
function namespaceNumbers(pid: number): string[] {
  const line = /^NSpid:(.*)$/m.exec(readText(`/proc/${pid}/status`) ?? '')?.[1];
  return line?.trim().split(/\s+/) ?? [];
}

/** Fields from the state on: the name before them may itself contain spaces and parentheses. */
function statFields(pid: number): string[] | undefined {
  const text = readText(`/proc/${pid}/stat`);
  return text?.slice(text.lastIndexOf(')') + 2).split(' ');
}

function ownerOf(pid: number): number | undefined {
  return statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid;
}

function readBootTimeMs(): number {
  return Number(/^btime (\d+)$/m.exec(readText('/proc/stat') ?? '')?.[1] ?? 0) * 1000;
}

/** Undefined for a process that has ended in between. */
function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
