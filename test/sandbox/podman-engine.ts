import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { createEngineClient, type EngineClient } from '@nanoclaw/host/sandboxes/engine/engine-client.js';
import type { EngineDriver } from '@nanoclaw/host/sandboxes/engine/engine-driver.js';
import { systemCallFilterOf } from '@nanoclaw/host/sandboxes/image/image-sources.js';
import { AVAILABILITY_ARGUMENTS, abilitiesOf } from '@nanoclaw/host/sandboxes/podman/podman-abilities.js';
import { createPodmanDialect } from '@nanoclaw/host/sandboxes/podman/podman-dialect.js';
import { reachableCopy, rootlessPodman, rootPodman, type TestPodman, whyNoPodman } from '@nanoclaw/testkit';
import { buildTestImage, createDriver, TEST_IMAGE, TEST_SOURCES } from './docker-driver.ts';

const run = promisify(execFile);

/** Why Podman is not tested here; with CI=true a missing Podman is an error. */
export const unavailable = whyNoPodman();
if (unavailable !== undefined && process.env['CI'] === 'true')
  throw new Error(`the podman suites cannot run: ${unavailable}`);

const folder = process.env['NANOCLAW_TEST_PODMAN'] ?? '/nonexistent';

export type Variant = 'root' | 'rootless';

/** Podman as root uses it, or as a user without rights does. */
export function testPodman(variant: Variant): TestPodman {
  return variant === 'root' ? rootPodman(folder) : rootlessPodman(folder);
}

/** A client that has asked Podman what it can do. */
export async function podmanClient(variant: Variant, command?: string): Promise<EngineClient> {
  const podman = testPodman(variant);
  const answered = createEngineClient({ ...podman, dialect: createPodmanDialect() });
  const { abilities } = abilitiesOf(await answered.run(AVAILABILITY_ARGUMENTS));
  const dialect = createPodmanDialect(abilities);
  return createEngineClient({ dialect, environment: podman.environment, command: command ?? podman.command });
}

export function podmanDriver(
  client: EngineClient,
  installation: string,
  changes: Parameters<typeof createDriver>[1] = {},
): EngineDriver {
  return createDriver(installation, {
    client,
    // Another user has to read it.
    systemCallFilter: reachableCopy(systemCallFilterOf(TEST_SOURCES)),
    ...changes,
  });
}

/** Makes sure that Podman has the test image of the sources as they are now, built by Podman itself. */
export async function ensurePodmanImage(variant: Variant): Promise<void> {
  const driver = podmanDriver(await podmanClient(variant), 'image');
  if ((await driver.image()).phase === 'ready') return;
  if (variant === 'rootless') {
    await ensurePodmanImage('root');
    return copyImage(testPodman('root'), testPodman('rootless'), TEST_IMAGE);
  }
  // The base from Debian packages takes minutes to make; where Docker has it, Podman gets the same.
  await takeFromDocker('nanoclaw-base');
  await buildTestImage(await podmanClient('root'));
}

/** Gives Podman an image that Docker has, by the name or the part before the colon; does nothing where Docker has none. */
export async function takeFromDocker(reference: string): Promise<void> {
  const docker = { command: 'docker', environment: process.env };
  const list = ['image', 'ls', '--filter', `reference=${reference}`, '--format', '{{.Repository}}:{{.Tag}}'];
  const { stdout } = await run('docker', list).catch(() => ({ stdout: '' }));
  const [image] = stdout.split('\n');
  if (image) await copyImage(docker, testPodman('root'), image);
}

type Engine = Pick<TestPodman, 'command' | 'environment'>;

async function copyImage(from: Engine, to: Engine, image: string): Promise<void> {
  const format = from.command === 'docker' ? [] : ['--format', 'docker-archive'];
  const save = spawn(from.command, ['save', ...format, image], {
    env: from.environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const load = spawn(to.command, ['load'], { env: to.environment, stdio: ['pipe', 'ignore', 'inherit'] });
  save.stdout.pipe(load.stdin);
  const [code] = await once(load, 'exit');
  if (code !== 0) throw new Error(`${image} could not be copied to ${to.command} (${folder})`);
}
