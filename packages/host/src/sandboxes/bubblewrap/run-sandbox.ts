import { existsSync } from 'node:fs';
import { Readable, Writable } from 'node:stream';
import type { Clock } from '../../kernel/clock.ts';
import { describeError } from '../../kernel/errors.ts';
import type { RunningSandbox, SandboxExit } from '../sandbox.ts';
import type { SandboxSpec } from '../spec.ts';
import { appMounts, type CommandLineFacts, commandLine, DESCRIPTORS } from './command-line.ts';
import { emptyAndRemoveGroups, makeGroups, memoryDeaths } from './control-group-files.ts';
import { endFirstProcess, waitUntilGone } from './end-process.ts';
import { exitKind } from './exit-kind.ts';
import { generatedFiles } from './root-file-system.ts';
import { endOf, feed, type SpawnedProcess, spawnCommand, watchErrors, watchReports } from './spawned-process.ts';

export interface RunDeps {
  readonly facts: CommandLineFacts;
  /** The filter, or why there is none. */
  readonly seccomp: Buffer | { readonly missing: string };
  readonly clock: Clock;
}

/** Starts the command line of a spec; see `SandboxDriver.start`. */
export function runSandbox(deps: RunDeps, spec: SandboxSpec): RunningSandbox {
  if ('missing' in deps.seccomp) return neverStarted(spec.name, deps.seccomp.missing);
  const refusal = prepare(deps.facts, spec);
  if (refusal !== undefined) return neverStarted(spec.name, refusal);
  const files = generatedFiles(spec.user);
  const child = spawnCommand(commandLine(deps.facts, spec), DESCRIPTORS.firstFile + files.length);
  if (typeof child === 'string') return neverStarted(spec.name, child);
  feed(child, DESCRIPTORS.seccomp, deps.seccomp);
  files.forEach(({ text }, index) => {
    feed(child, DESCRIPTORS.firstFile + index, text);
  });
  const errors = watchErrors(child.stderr);
  let isStopRequested = false;
  const facts = { complaint: errors.complaint, isStopRequested: () => isStopRequested };
  const exited = settle(deps, { ...facts, spec, child });
  const stop = async (): Promise<void> => {
    isStopRequested = true;
    const isRunning = child.exitCode === null && child.signalCode === null;
    if (child.pid !== undefined && isRunning) await endFirstProcess(child.pid, deps.clock);
    await exited;
  };
  return { name: spec.name, stdin: child.stdin, stdout: child.stdout, stderr: errors.stream, exited, stop };
}

/** Looks for what would fail later with a worse message, and makes the control groups. The reason, when it cannot be. */
function prepare(facts: CommandLineFacts, spec: SandboxSpec): string | undefined {
  if (spec.user.uid === 0 || spec.user.gid === 0) return `sandbox ${spec.name}: its user must not be root`;
  const covered = new Set(spec.mounts.map(({ target }) => target));
  const missing = appMounts(facts.app).find(({ source, target }) => !covered.has(target) && !existsSync(source));
  if (missing !== undefined) return `${missing.source} does not exist: run npm run build`;
  try {
    if (facts.controlGroups !== undefined) makeGroups(facts.controlGroups, spec);
    return undefined;
  } catch (error) {
    return `control groups of sandbox ${spec.name} cannot be made: ${describeError(error)}`;
  }
}

function neverStarted(name: string, detail: string): RunningSandbox {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const exit: SandboxExit = { kind: 'never-started', detail };
  return {
    name,
    stdin: nowhere,
    stdout: Readable.from([]),
    stderr: Readable.from([]),
    exited: Promise.resolve(exit),
    stop: async () => undefined,
  };
}

/** Waits for the end, then until nothing is left, and says how it ended. */
async function settle(
  { facts, clock }: RunDeps,
  run: { spec: SandboxSpec; child: SpawnedProcess; isStopRequested: () => boolean; complaint: () => string },
): Promise<SandboxExit> {
  const [outer, { firstProcess, ...reports }] = await Promise.all([endOf(run.child), watchReports(run.child)]);
  if (firstProcess !== undefined) await waitUntilGone([firstProcess], clock);
  const deaths = facts.controlGroups === undefined ? 0 : memoryDeaths(facts.controlGroups, run.spec);
  if (facts.controlGroups !== undefined) await emptyAndRemoveGroups(facts.controlGroups, run.spec, clock);
  if ('error' in outer) return { kind: 'never-started', detail: outer.error };
  return exitKind({
    ...reports,
    outer,
    isStopRequested: run.isStopRequested(),
    memoryDeaths: deaths,
    complaint: run.complaint(),
  });
}
