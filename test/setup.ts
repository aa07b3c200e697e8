import { privateDocker } from '@nanoclaw/testkit';

/**
 * One container engine for all system suites: the machine's own when it answers, else a private one that root may
 * start. Suites find it by DOCKER_HOST and say themselves when it is missing.
 */
export default async function setUp(): Promise<() => Promise<void>> {
  const docker = await privateDocker();
  if (docker.kind === 'none') {
    process.stderr.write(`no container engine for the tests: ${docker.none.reason}; run: ${docker.none.remedy}\n`);
    return async () => {};
  }
  const host = docker.engine.environment['DOCKER_HOST'];
  if (host !== undefined) process.env['DOCKER_HOST'] = host;
  return () => docker.engine.stop();
}
