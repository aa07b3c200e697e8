import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { SYSTEM_NATURE } from './app-chats.ts';
import type { BuildRequest } from './cli/cli-deps.ts';
import type { Config } from './config/config.ts';
import { CHECKOUT } from './kernel/checkout.ts';
import { systemClock } from './kernel/clock.ts';
import { createBubblewrapDriver } from './sandboxes/bubblewrap/bubblewrap-driver.ts';
import { chooseDriver, type DriverChoice, waitForDriver } from './sandboxes/choose-driver.ts';
import { createDockerClient } from './sandboxes/docker/docker-client.ts';
import { createDockerDriver } from './sandboxes/docker/docker-driver.ts';
import { buildImage } from './sandboxes/image/build-image.ts';
import { expectedImageBuild, imageSourcesOf, systemCallFilterOf } from './sandboxes/image/image-sources.ts';
import type { SandboxDriver } from './sandboxes/sandbox.ts';

/** What the drivers take from the process environment: where the engine is and where programs are. */
export type DriverEnvironment = Readonly<Record<string, string | undefined>>;

/** The driver that the configuration asks for; an engine is preferred to bubblewrap. */
export function chooseHostDriver(
  config: Config,
  installation: string,
  environment: DriverEnvironment,
): Promise<DriverChoice> {
  return chooseDriver(config.variables.SANDBOX, hostDrivers(config, installation, environment));
}

/** The same for a host that starts: it waits for an engine that does not answer yet, and says so. */
export function awaitHostDriver(
  config: Config,
  installation: string,
  environment: DriverEnvironment,
  waiting: { report: (line: string) => void; signal?: AbortSignal | undefined },
): Promise<DriverChoice> {
  const drivers = hostDrivers(config, installation, environment);
  return waitForDriver(config.variables.SANDBOX, drivers, { ...SYSTEM_NATURE, ...waiting });
}

function hostDrivers(config: Config, installation: string, environment: DriverEnvironment): SandboxDriver[] {
  const { CONTAINER_IMAGE } = config.variables;
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
  return [docker, bubblewrap];
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
