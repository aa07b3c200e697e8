import type { Stores } from './app-stores.ts';
import type { Config } from './config/config.ts';
import type { HomePaths } from './config/home-files.ts';
import type { Lifecycle } from './kernel/lifecycle.ts';
import type { Log } from './kernel/log.ts';
import type { DriverChoice } from './sandboxes/choose-driver.ts';

/** Everything that is there before the first message can be answered. */
export interface Base {
  readonly config: Config;
  readonly paths: HomePaths;
  readonly stores: Stores;
  readonly choice: DriverChoice;
  readonly installation: string;
  readonly lifecycle: Lifecycle;
  readonly log: Log;
}
