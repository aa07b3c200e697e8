import type { Clock } from '../../kernel/clock.ts';
import { NanoError } from '../../kernel/errors.ts';
import type { EngineClient } from './engine-client.ts';
import type { ContainerState } from './engine-exit.ts';

const REMOVE_LIMIT_MS = 30_000;
const GONE_LIMIT_MS = 10_000;
const GONE_STEP_MS = 100;

/** undefined when the engine has no such container or does not answer. */
export async function inspectContainer(client: EngineClient, name: string): Promise<ContainerState | undefined> {
  const { inspect, stateIn } = client.dialect.verbs;
  const answer = await client.run(inspect(name));
  if (answer.kind !== 'done') return undefined;
  try {
    return stateIn(answer.stdout);
  } catch {
    // An engine whose record we cannot read is treated like one that has none: the client's exit code decides.
    return undefined;
  }
}

/**
 * Ends and removes a container; true once the engine has none of that name, also when it never had. false when that
 * takes too long or the engine does not answer.
 */
export async function removeContainer(client: EngineClient, clock: Clock, name: string): Promise<boolean> {
  const removed = await client.run(client.dialect.verbs.remove(name), REMOVE_LIMIT_MS);
  if (removed.kind === 'done') return true;
  // Refused because it is gone, or because somebody else is removing it now: what counts is whether it is there.
  const deadline = clock.now() + GONE_LIMIT_MS;
  for (;;) {
    const isThere = await exists(client, name);
    if (isThere !== true || clock.now() >= deadline) return isThere === false;
    await clock.sleep(GONE_STEP_MS);
  }
}

/** What is said when that did not work. */
export function notRemoved({ command, dialect: { verbs } }: EngineClient, name: string): NanoError {
  const remedy = [command, ...verbs.remove(name)].join(' ');
  return new NanoError('sandbox-failed', `sandbox ${name} could not be removed; run: ${remedy}`);
}

/** undefined when the engine does not answer. */
async function exists(client: EngineClient, name: string): Promise<boolean | undefined> {
  const { find, isFoundIn } = client.dialect.verbs;
  const answer = await client.run(find(name));
  return answer.kind === 'done' ? isFoundIn(answer.stdout, name) : undefined;
}
