/*
 * A host that will die: the built product with one of its places armed, and with agents that answer at once instead of
 * asking a model. Arguments: the place and how many times it is passed alive; none for a host that nothing kills.
 */

import { join } from 'node:path';
import { startHost } from '@nanoclaw/host/app.js';
import { loadConfig } from '@nanoclaw/host/config/config.js';
import { systemClock } from '@nanoclaw/host/kernel/clock.js';
import { armFailpoint } from '@nanoclaw/host/kernel/failpoints.js';
import { createBubblewrapDriver } from '@nanoclaw/host/sandboxes/bubblewrap/bubblewrap-driver.js';

const [place, passes = '1'] = process.argv.slice(2);
if (place !== undefined) {
  let left = Number(passes);
  // A signal that cannot be caught, to itself: nothing after this statement happens.
  armFailpoint(place, () => --left > 0 || process.kill(process.pid, 'SIGKILL'));
}

/** The product's own driver with another program inside. */
async function chooseDriver(_config, installation) {
  const runnerFile = join(import.meta.dirname, 'quick-agent.mjs');
  const app = { runnerFile, claudeFile: process.execPath, nodeFile: process.execPath };
  const host = { uid: process.getuid(), gid: process.getgid() };
  const driver = createBubblewrapDriver({ app, host, installation, clock: systemClock });
  return { driver, why: 'a crash test' };
}

const config = loadConfig(process.env, process.env.NANOCLAW_HOME);
const report = (line) => process.stderr.write(`${line}\n`);
const host = await startHost(config, {
  report,
  logTo: 'file',
  environment: process.env,
  version: 'crash',
  chooseDriver,
});
process.stdout.write('ready\n');
process.on('SIGTERM', () => void host.drain().then(() => process.exit(0)));
