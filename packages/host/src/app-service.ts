import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { chooseManager, type WantedManager } from './background/choose-manager.ts';
import { createNotifier, type Notifier, type NotifyWish } from './background/notifier.ts';
import { createRunProgram } from './background/run-program.ts';
import type { ServiceManager } from './background/service-manager.ts';
import { planService, type ServicePlan } from './background/service-plan.ts';
import type { Config, Environment } from './config/config.ts';
import { homePaths } from './config/home-files.ts';
import { CHECKOUT } from './kernel/checkout.ts';
import { systemClock } from './kernel/clock.ts';

/** What keeps this home's host running on this machine. */
export function hostServiceManager(
  config: Pick<Config, 'home'>,
  wanted: WantedManager,
  environment: Environment,
): Promise<ServiceManager> {
  const { home } = config;
  return chooseManager(wanted, {
    platform: process.platform,
    uid: process.getuid?.() ?? 1000,
    user: userInfo().username,
    userHome: environment['HOME'] || homedir(),
    home,
    pidFile: join(home, 'data', 'service.json'),
    environment,
    clock: systemClock,
  });
}

export function hostServicePlan(config: Pick<Config, 'home'>, name: string, environment: Environment): ServicePlan {
  const { home, logs } = homePaths(config.home);
  return planService({ name, node: process.execPath, checkout: CHECKOUT, home, logs, environment });
}

/** Tells the service manager that started this process how it is. */
export function hostNotifier(wish: NotifyWish | undefined, environment: Environment): Notifier {
  const run = createRunProgram({ ...environment, NOTIFY_SOCKET: wish?.socket });
  const warn = (why: string): void => void process.stderr.write(`nanoclaw: ${why}\n`);
  return createNotifier(wish, { run, clock: systemClock, warn });
}
