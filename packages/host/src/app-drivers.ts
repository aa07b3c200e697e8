import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { SYSTEM_NATURE } from './app-chats.ts';
import type { BuildRequest } from './cli/cli-deps.ts';
import type { Config } from './config/config.ts';
import { CHECKOUT } from './kernel/checkout.ts';
import { systemClock } from './kernel/clock.ts';
import { createAppleClient, createAppleDriver } from './sandboxes/apple/apple-driver.ts';
import { createBubblewrapDriver } from './sandboxes/bubblewrap/bubblewrap-driver.ts';
import { chooseDriver, type DriverChoice, waitForDriver } from './sandboxes/choose-driver.ts';
import { dockerDialect } from './sandboxes/docker/docker-dialect.ts';
import { createEngineClient, type EngineClient } from './sandboxes/engine/engine-client.ts';
import { createEngineDriver } from './sandboxes/engine/engine-driver.ts';
import { buildImage } from './sandboxes/image/build-image.ts';
import { expectedImageBuild, imageSourcesOf, systemCallFilterOf } from './sandboxes/image/image-sources.ts';
import { createPodmanDialect } from './sandboxes/podman/podman-dialect.ts';
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
  const sources = imageSourcesOf(CHECKOUT);
  const common = {
    clock: systemClock,
    installation,
    image: config.variables.CONTAINER_IMAGE,
    expectedBuild: () => expectedImageBuild(sources),
  };
  const systemCallFilter = systemCallFilterOf(sources);
  const engines = engineClients(environment).map((client) =>
    createEngineDriver({ ...common, client, systemCallFilter }),
  );
  const apple = createAppleDriver({ ...common, client: appleClient(environment, installation) });
  const bubblewrap = createBubblewrapDriver({
    app: {
      runnerFile: sources.runnerFile,
      claudeFile: claudeProgram(),
      nodeFile: process.execPath,
    },
    host: { uid: process.getuid?.() ?? 1000, gid: process.getgid?.() ?? 1000 },
    installation,
    clock: systemClock,
  });
  // Elsewhere it is asked only when it is named: another program may be called `container`.
  const isAsked = process.platform === 'darwin' || config.variables.SANDBOX === 'apple';
  return [...engines, ...(isAsked ? [apple] : []), bubblewrap];
}

/** In the order in which they are preferred. */
function engineClients(environment: DriverEnvironment): EngineClient[] {
  return [dockerDialect, createPodmanDialect()].map((dialect) => createEngineClient({ dialect, environment }));
}

function appleClient(environment: DriverEnvironment, installation = ''): EngineClient {
  const linesScript = join(CHECKOUT, 'packages', 'host', 'inside', 'gateway-lines.mjs');
  return createAppleClient({ installation, linesScript, environment });
}

/** Builds the container image that the configuration names, with the engine that sandboxes would be started with. */
export async function buildHostImage(config: Config, request: BuildRequest, environment: DriverEnvironment) {
  return buildImage({
    client: await buildingClient(config, environment),
    clock: systemClock,
    sources: imageSourcesOf(CHECKOUT),
    image: config.variables.CONTAINER_IMAGE,
    browser: request.browser,
    base: request.base,
    onProgress: request.report,
    signal: request.signal,
  });
}

/** The wanted engine, else the first that answers; where none does, the first, which then says why. */
async function buildingClient(config: Config, environment: DriverEnvironment): Promise<EngineClient> {
  const clients = [...engineClients(environment), appleClient(environment)];
  const wanted = clients.find(({ dialect }) => dialect.kind === config.variables.SANDBOX);
  if (wanted !== undefined) return wanted;
  for (const client of clients) {
    const { availabilityArguments, availabilityOf } = client.dialect;
    if (availabilityOf(await client.run(availabilityArguments)).ok) return client;
  }
  return createEngineClient({ dialect: dockerDialect, environment });
}

/** The Agent SDK's program for this machine; npm installs it beside the SDK. */
function claudeProgram(): string {
  const require = createRequire(join(CHECKOUT, 'packages', 'agent', 'package.json'));
  const name = `@anthropic-ai/claude-agent-sdk-${process.platform}-${process.arch}`;
  const sdk = dirname(require.resolve('@anthropic-ai/claude-agent-sdk'));
  return join(dirname(dirname(sdk)), name, 'claude');
}
