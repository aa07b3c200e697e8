import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { setChannels } from './app-channel-setups.ts';
import { checkHostSandbox } from './app-check.ts';
import { chooseHostDriver } from './app-drivers.ts';
import { hostServiceManager } from './app-service.ts';
import { modelBase } from './app-settings.ts';
import type { DoctorRequest } from './cli/cli-deps.ts';
import { type Config, configHomeOf, type Environment, loadConfig } from './config/config.ts';
import { homePaths, prepareHome } from './config/home-files.ts';
import { installationId } from './config/installation-files.ts';
import { ALL_CHECKS } from './doctor/all-checks.ts';
import type { Scene } from './doctor/check.ts';
import { type Diagnosis, examine } from './doctor/examine.ts';
import { tryCredential } from './gateway/try-credential.ts';
import { CHECKOUT } from './kernel/checkout.ts';
import { systemClock } from './kernel/clock.ts';
import { NanoError } from './kernel/errors.ts';

/** Looks at everything that may be wrong with a home and this installation. */
export async function examineHome(
  environment: Environment,
  version: string,
  request: DoctorRequest,
): Promise<readonly Diagnosis[]> {
  const scene = await hostScene(environment, version, request);
  return examine(ALL_CHECKS, scene, request);
}

async function hostScene(environment: Environment, version: string, request: DoctorRequest): Promise<Scene> {
  // Also where the settings cannot be read: then everything else is looked at all the more.
  const paths = homePaths(resolve(environment['NANOCLAW_HOME'] || CHECKOUT));
  const { home } = paths;
  const settings = readSettings(environment);
  const host = await request.askHost(paths.controlSocket);
  return {
    paths,
    settings,
    configHome:
      'config' in settings
        ? settings.config.configHome
        : configHomeOf(environment['NANOCLAW_CONFIG_HOME'], environment),
    checkout: CHECKOUT,
    version,
    nodeVersion: process.versions.node,
    claudeLoginFile: join(environment['HOME'] || homedir(), '.claude', '.credentials.json'),
    isOffline: request.isOffline,
    now: systemClock.now,
    host,
    driver: async (config) => (await chooseHostDriver(config, ownInstallation(config), environment)).driver,
    checkSandbox: (config) => checkHostSandbox(config, environment, () => undefined),
    tryModel: (config) =>
      tryCredential({ credential: config.credential, base: modelBase(config), model: config.variables.MODEL }),
    channels: (config) => setChannels(config, environment),
    async service() {
      const manager = await hostServiceManager({ home }, 'auto', environment);
      return { manager, state: await manager.status('nanoclaw') };
    },
  };
}

function readSettings(environment: Environment): Scene['settings'] {
  try {
    return { config: loadConfig(environment, CHECKOUT) };
  } catch (error) {
    if (error instanceof NanoError) return { mistakes: error.message };
    throw error;
  }
}

function ownInstallation(config: Config): string {
  const paths = homePaths(config.home);
  prepareHome(paths);
  return installationId(paths.installationFile);
}
