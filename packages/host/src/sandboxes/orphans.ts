import type { Log } from '../kernel/log.ts';
import type { SandboxDriver } from './sandbox.ts';

/** Ends what an earlier host of this installation left running. Called before the first run, under the home's lock. */
export async function stopOrphans(driver: SandboxDriver, log: Log): Promise<number> {
  const orphans = await driver.list();
  for (const { name, groupFolder } of orphans) {
    await driver.stop(name);
    log.warn('sandbox.orphan-stopped', { sandbox: name, group: groupFolder });
  }
  return orphans.length;
}
