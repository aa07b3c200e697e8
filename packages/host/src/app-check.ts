import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chooseHostDriver, type DriverEnvironment } from './app-drivers.ts';
import { runSettings } from './app-settings.ts';
import type { Report } from './cli/cli-deps.ts';
import { type Config, configuredSecrets } from './config/config.ts';
import { homePaths, prepareHome } from './config/home-files.ts';
import { installationId } from './config/installation-files.ts';
import { ownPlaces } from './config/own-places.ts';
import { checkSandbox } from './flows/sandbox-check.ts';
import { CHECKOUT } from './kernel/checkout.ts';
import { systemClock } from './kernel/clock.ts';
import { NanoError } from './kernel/errors.ts';
import type { CheckResult } from './sandboxes/check-table.ts';

/** Checks the sandboxes that the configuration chooses, beside a running host or without one. */
export async function checkHostSandbox(
  config: Config,
  environment: DriverEnvironment,
  report: Report,
): Promise<{ driver: string; results: CheckResult[] }> {
  const paths = homePaths(config.home);
  prepareHome(paths);
  // An installation of its own: a host that starts meanwhile would take the sandbox for one that was left behind.
  const installation = `${installationId(paths.installationFile)}-check`;
  const { driver } = await chooseHostDriver(config, installation, environment);
  const image = await driver.image();
  if (image.phase === 'missing') throw new NanoError('image-missing', `${image.reason}: run ${image.remedy}`);
  report(`checking ${driver.kind}: this takes some seconds`);
  const results = await checkSandbox({
    driver,
    settings: runSettings(config, paths, installation),
    script: join(CHECKOUT, 'packages', 'host', 'inside', 'sandbox-check.mjs'),
    temporary: tmpdir(),
    ownPlaces: [paths.database, ...ownPlaces(config)],
    secrets: configuredSecrets(config),
    environment,
    now: systemClock.now,
  });
  return { driver: driver.kind, results };
}
