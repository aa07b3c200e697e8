import { privateDocker } from '@nanoclaw/testkit';

/**
 * Points DOCKER_HOST of this process at an engine and returns how to end it, or the reason why there is none. With
 * CI=true a missing engine is an error, because a suite that nobody notices to be skipped tests nothing.
 */
export async function useTestEngine(): Promise<{ unavailable?: string; stop(): Promise<void> }> {
  const docker = await privateDocker();
  if (docker.kind === 'engine') {
    const host = docker.engine.environment['DOCKER_HOST'];
    if (host !== undefined) process.env['DOCKER_HOST'] = host;
    return { stop: () => docker.engine.stop() };
  }
  const unavailable = `${docker.none.reason}; run: ${docker.none.remedy}`;
  if (process.env['CI'] === 'true') throw new Error(`the docker suites cannot run: ${unavailable}`);
  return { unavailable, stop: async () => {} };
}
