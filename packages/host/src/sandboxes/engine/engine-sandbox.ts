import type { Clock } from '../../kernel/clock.ts';
import type { RunningSandbox, SandboxExit } from '../sandbox.ts';
import { type EngineClient, reasonIn } from './engine-client.ts';
import { inspectContainer, notRemoved, removeContainer } from './engine-container.ts';
import { type ContainerState, exitOf, mayBecomeOutOfMemory } from './engine-exit.ts';
import { type ClientEnd, type ClientProcess, startClient } from './engine-process.ts';

interface Deps {
  readonly client: EngineClient;
  readonly clock: Clock;
}

const STOP_LIMIT_MS = 15_000;
const STEP_MS = 100;
/** The kernel's word that memory ran out may reach the engine after the exit does. */
const OUT_OF_MEMORY_GRACE_MS = 500;
const STDERR_GRACE_MS = 200;

/**
 * Runs the engine's `run` and follows it to its end:
 *
 *   client runs ──its process ends──▶ look at the container ──▶ remove it ──▶ exited
 *
 * A container outlives a client that was killed, so the last two steps are taken however the client ended.
 */
export function startEngineSandbox(deps: Deps, name: string, command: readonly string[]): RunningSandbox {
  const clientProcess = startClient(deps.client, command);
  let isStopped = false;
  let isRemoved = false;
  const settle = async (): Promise<SandboxExit> => {
    const end = await clientProcess.ended;
    // A stop that is asked for from here on comes too late to be the reason.
    const wasStopped = isStopped;
    const container = wasStopped ? undefined : await lookAt(deps, name);
    isRemoved = await removeContainer(deps.client, deps.clock, name);
    return exitFrom(clientProcess, { end, wasStopped, container, ...deps });
  };
  const exited = settle();
  const stop = async (): Promise<void> => {
    await removeUntilEnded(deps, name, clientProcess.ended);
    clientProcess.kill();
    const exit = await exited;
    if (isRemoved || exit.kind === 'never-started') return;
    throw notRemoved(deps.client, name);
  };
  let stopping: Promise<void> | undefined;
  return {
    name,
    stdin: clientProcess.stdin,
    stdout: clientProcess.stdout,
    stderr: clientProcess.stderr,
    exited,
    stop() {
      isStopped = true;
      stopping ??= stop();
      return stopping;
    },
  };
}

async function lookAt({ client, clock }: Deps, name: string): Promise<ContainerState | undefined> {
  const deadline = clock.now() + OUT_OF_MEMORY_GRACE_MS;
  let container = await inspectContainer(client, name);
  while (mayBecomeOutOfMemory(container) && clock.now() < deadline) {
    await clock.sleep(STEP_MS);
    container = await inspectContainer(client, name);
  }
  return container;
}

async function exitFrom(
  clientProcess: ClientProcess,
  facts: Deps & { end: ClientEnd; wasStopped: boolean; container: ContainerState | undefined },
): Promise<SandboxExit> {
  const { end, wasStopped, container, client, clock } = facts;
  const { command } = client;
  if (end.failure !== undefined)
    return { kind: 'never-started', detail: `${command} could not be run: ${end.failure}` };
  await Promise.race([clientProcess.stderrDrained, clock.sleep(STDERR_GRACE_MS)]);
  return exitOf({
    isStopped: wasStopped,
    client: end,
    container,
    hasOutput: clientProcess.hasOutput(),
    errorReason: reasonIn(clientProcess.errorTail()),
  });
}

/**
 * Removes again and again until the client's process ends: a stop may come before the engine has made the container,
 * and then the first removals find nothing.
 */
async function removeUntilEnded({ client, clock }: Deps, name: string, ended: Promise<ClientEnd>): Promise<void> {
  const deadline = clock.now() + STOP_LIMIT_MS;
  let isEnded = false;
  const noted = ended.then(() => {
    isEnded = true;
  });
  while (!isEnded && clock.now() < deadline) {
    await client.run(client.dialect.verbs.remove(name));
    await Promise.race([noted, clock.sleep(STEP_MS)]);
  }
}
