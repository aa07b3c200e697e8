import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { BuildRequest } from './cli/cli-deps.ts';
import type { Config } from './config/config.ts';
import { CHECKOUT } from './kernel/checkout.ts';
import { systemClock } from './kernel/clock.ts';
import { createBubblewrapDriver } from './sandboxes/bubblewrap/bubblewrap-driver.ts';
import { chooseDriver, type DriverChoice } from './sandboxes/choose-driver.ts';
import { createDockerClient } from './sandboxes/docker/docker-client.ts';
import { createDockerDriver } from './sandboxes/docker/docker-driver.ts';
import { buildImage } from './sandboxes/image/build-image.ts';
import { expectedImageBuild, imageSourcesOf, systemCallFilterOf } from './sandboxes/image/image-sources.ts';

/** What the drivers take from the process environment: where the engine is and where programs are. */
export type DriverEnvironment = Readonly<Record<string, string | undefined>>;

/** The driver that the configuration asks for; an engine is preferred to bubblewrap. */
export function chooseHostDriver(
  config: Config,
  installation: string,
  environment: DriverEnvironment,
): Promise<DriverChoice> {
  const { SANDBOX, CONTAINER_IMAGE } = config.variables;
  const docker = createDockerDriver({
    client: createDockerClient({ environment }),
    clock: systemClock,
    installation,
    image: CONTAINER_IMAGE,
    systemCallFilter: systemCallFilterOf(imageSourcesOf(CHECKOUT)),
    expectedBuild: () => expectedImageBuild(imageSourcesOf(CHECKOUT)),
  });
  const bubblewrap = createBubblewrapDriver({
    app: {
      runnerFile: imageSourcesOf(CHECKOUT).runnerFile,
      claudeFile: claudeProgram(),
      nodeFile: process.execPath,
    },
    host: { uid: process.getuid?.() ?? 1000, gid: process.getgid?.() ?? 1000 },
    installation,
    clock: systemClock,
  });
  return chooseDriver(SANDBOX, [docker, bubblewrap]);
}

/** Builds the container image that the configuration names. */
export function buildHostImage(config: Config, request: BuildRequest, environment: DriverEnvironment) {
  return buildImage({
    client: createDockerClient({ environment }),
    clock: systemClock,
    sources: imageSourcesOf(CHECKOUT),
    image: config.variables.CONTAINER_IMAGE,
    browser: request.browser,
    base: request.base,
    onProgress: request.report,
    signal: request.signal,
  });
}

/** The Agent SDK's program for this machine; npm installs it beside the SDK. */
function claudeProgram(): string {
  const require = createRequire(join(CHECKOUT, 'packages', 'agent', 'package.json'));
  const name = `@anthropic-ai/claude-agent-sdk-${process.platform}-${process.arch}`;
  const sdk = dirname(require.resolve('@anthropic-ai/claude-agent-sdk'));
  return join(dirname(dirname(sdk)), name, 'claude');
}
