import type { Clock } from '../../kernel/clock.ts';
import { NanoError } from '../../kernel/errors.ts';
import type { EngineClient } from './engine-client.ts';
import { ContainerState } from './engine-exit.ts';

const REMOVE_LIMIT_MS = 30_000;
const GONE_LIMIT_MS = 10_000;
const GONE_STEP_MS = 100;

/** undefined when the engine has no such container or does not answer. */
export async function inspectContainer(client: EngineClient, name: string): Promise<ContainerState | undefined> {
  const answer = await client.run(['container', 'inspect', '--format', '{{json .State}}', name]);
  if (answer.kind !== 'done') return undefined;
  try {
    return ContainerState.parse(JSON.parse(answer.stdout));
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
  const removed = await client.run(['container', 'rm', '--force', '--volumes', name], REMOVE_LIMIT_MS);
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
export function notRemoved({ dialect: { kind } }: EngineClient, name: string): NanoError {
  return new NanoError('sandbox-failed', `sandbox ${name} could not be removed; run: ${kind} rm --force ${name}`);
}

/** undefined when the engine does not answer. */
async function exists(client: EngineClient, name: string): Promise<boolean | undefined> {
  const filter = `name=^/?${name.replaceAll('.', '\\.')}$`;
  const answer = await client.run(['ps', '--all', '--quiet', '--filter', filter]);
  return answer.kind === 'done' ? answer.stdout.trim() !== '' : undefined;
}
