import { systemClock } from '@nanoclaw/host/kernel/clock.js';
import { createBubblewrapDriver } from '@nanoclaw/host/sandboxes/bubblewrap/bubblewrap-driver.js';
import type { SandboxDriver } from '@nanoclaw/host/sandboxes/sandbox.js';
import { reachableCopy } from '@nanoclaw/testkit';
import { app } from './bubblewrap-driver.ts';

/** Nobody's ids on Debian. */
export const nobody = { uid: 65_534, gid: 65_534 };

/** The driver as an unprivileged host makes it, from tests that run as root: every sandbox is started as nobody. */
export function createDriver(installation: string): SandboxDriver {
  const identity = ['--reuid', `${nobody.uid}`, '--regid', `${nobody.gid}`, '--clear-groups'];
  const launchPrefix = ['setpriv', ...identity, '--bounding-set=-all', '--inh-caps=-all', '--'];
  const reachable = { ...app, claudeFile: reachableCopy(app.claudeFile), nodeFile: reachableCopy(app.nodeFile) };
  return createBubblewrapDriver({ app: reachable, host: nobody, installation, clock: systemClock, launchPrefix });
}
