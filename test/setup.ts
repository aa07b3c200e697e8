import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { privateDocker, removePodman, rootlessPodman, rootPodman, whyNoPodman } from '@nanoclaw/testkit';

/**
 * The container engines of all system suites. Docker: the machine's own engine when it answers, else a private one that
 * root may start; suites find it by DOCKER_HOST. Podman: a store of the tests' own in the folder NANOCLAW_TEST_PODMAN,
 * which is kept when it was given. Suites say themselves when one is missing.
 */
export default async function setUp(): Promise<() => Promise<void>> {
  const docker = await privateDocker();
  if (docker.kind === 'none') {
    process.stderr.write(`no docker for the tests: ${docker.none.reason}; run: ${docker.none.remedy}\n`);
  } else {
    const host = docker.engine.environment['DOCKER_HOST'];
    if (host !== undefined) process.env['DOCKER_HOST'] = host;
  }
  const endPodman = await usePodmanFolder();
  return async () => {
    await endPodman();
    if (docker.kind === 'engine') await docker.engine.stop();
  };
}

async function usePodmanFolder(): Promise<() => Promise<void>> {
  if (whyNoPodman() !== undefined || process.env['NANOCLAW_TEST_PODMAN'] !== undefined) return async () => {};
  const folder = await mkdtemp(join(tmpdir(), 'nc-pod-'));
  await chmod(folder, 0o755);
  process.env['NANOCLAW_TEST_PODMAN'] = folder;
  return async () => {
    await removePodman(rootlessPodman(folder), join(folder, 'user'));
    await removePodman(rootPodman(folder), folder);
  };
}
