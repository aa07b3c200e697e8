import { fileURLToPath } from 'node:url';
import { systemClock } from '@nanoclaw/host/kernel/clock.js';
import { dockerDialect } from '@nanoclaw/host/sandboxes/docker/docker-dialect.js';
import { createEngineClient, type EngineClient } from '@nanoclaw/host/sandboxes/engine/engine-client.js';
import { createEngineDriver, type EngineDriver } from '@nanoclaw/host/sandboxes/engine/engine-driver.js';
import { buildImage } from '@nanoclaw/host/sandboxes/image/build-image.js';
import {
  expectedImageBuild,
  type ImageSources,
  systemCallFilterOf,
} from '@nanoclaw/host/sandboxes/image/image-sources.js';

/** The image of these tests: slim, and with the stand-in for a runner. */
export const TEST_IMAGE = 'nanoclaw-agent:sandbox-tests';

/** What the test image is built from. */
export const TEST_SOURCES: ImageSources = {
  containerDirectory: fileURLToPath(new URL('../../container', import.meta.url)),
  runnerFile: fileURLToPath(new URL('./stand-in-runner.mjs', import.meta.url)),
};

/** A client of the engine that DOCKER_HOST names at the time of the call. */
export function testClient(): EngineClient {
  return createEngineClient({ dialect: dockerDialect, environment: process.env });
}

export function createDriver(
  installation: string,
  changes: Partial<Parameters<typeof createEngineDriver>[0]> = {},
): EngineDriver {
  return createEngineDriver({
    client: testClient(),
    clock: systemClock,
    installation,
    image: TEST_IMAGE,
    systemCallFilter: systemCallFilterOf(TEST_SOURCES),
    expectedBuild: () => expectedImageBuild(TEST_SOURCES),
    ...changes,
  });
}

/** Makes sure that the engine has the test image as the sources are now; most runs find it there. */
export async function ensureTestImage(): Promise<void> {
  const driver = createDriver('image');
  if ((await driver.image()).phase === 'ready' && (await driver.imageOrigin()).kind === 'ours') return;
  await buildTestImage(testClient());
}

/** Builds the test image with this engine. */
export async function buildTestImage(client: EngineClient): Promise<void> {
  await buildImage({
    client,
    clock: systemClock,
    sources: TEST_SOURCES,
    image: TEST_IMAGE,
    browser: false,
    base: 'auto',
    onProgress: (line) => console.log(line),
    signal: new AbortController().signal,
  });
}
