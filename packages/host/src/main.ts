import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openOfflineHome, startHost } from './app.ts';
import { archiveOffline, restoreOffline } from './app-archive.ts';
import { CHANNEL_NAMES, channelSetup, setChannels } from './app-channel-setups.ts';
import { checkHostSandbox } from './app-check.ts';
import { buildHostImage, chooseHostDriver } from './app-drivers.ts';
import { hostNotifier, hostServiceManager, hostServicePlan } from './app-service.ts';
import { takeNotifyWish } from './background/notifier.ts';
import { runCli } from './cli/program.ts';
import { loadConfig } from './config/config.ts';
import { homePaths, prepareHome } from './config/home-files.ts';
import { installationId } from './config/installation-files.ts';
import { CHECKOUT } from './kernel/checkout.ts';
import { systemClock } from './kernel/clock.ts';

const { version } = JSON.parse(readFileSync(join(CHECKOUT, 'package.json'), 'utf8')) as { version: string };
const environment = process.env;
const notifyWish = takeNotifyWish(environment, process.pid);

process.exitCode = await runCli(process.argv.slice(2), {
  config: () => loadConfig(environment, CHECKOUT),
  paths: (config) => homePaths(config.home),
  version,
  checkout: CHECKOUT,
  environment,
  startHost: (config, options) => startHost(config, { ...options, environment, version }),
  openHome: openOfflineHome,
  async driver(config) {
    const paths = homePaths(config.home);
    prepareHome(paths);
    return (await chooseHostDriver(config, installationId(paths.installationFile), environment)).driver;
  },
  checkSandbox: (config, report) => checkHostSandbox(config, environment, report),
  // Loaded when somebody asks: a host that runs need not hold it.
  doctor: async (request) => (await import('./app-doctor.ts')).examineHome(environment, version, request),
  backup: (config, request) => archiveOffline(config, request, version),
  restore: restoreOffline,
  tryOut: async (config, what) => {
    const { tryOut } = await import('./app-try-out.ts');
    return tryOut({ config, environment, restore: restoreOffline, openHome: openOfflineHome }, what);
  },
  buildImage: (config, request) => buildHostImage(config, request, environment),
  serviceManager: (config, wanted) => hostServiceManager(config, wanted, environment),
  servicePlan: (config, name) => hostServicePlan(config, name, environment),
  notifier: hostNotifier(notifyWish, environment),
  channels: {
    names: CHANNEL_NAMES,
    setup: channelSetup,
    set: (config) => setChannels(config, environment),
  },
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  onStopSignal(listener) {
    process.on('SIGINT', listener);
    process.on('SIGTERM', listener);
    return () => {
      process.off('SIGINT', listener);
      process.off('SIGTERM', listener);
    };
  },
  now: systemClock.now,
  sleep: systemClock.sleep,
});
// A handle that something forgot must not keep a finished command alive.
process.exit();
