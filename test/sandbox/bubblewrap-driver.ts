import { fileURLToPath } from 'node:url';
import { systemClock } from '@nanoclaw/host/kernel/clock.js';
import { createBubblewrapDriver } from '@nanoclaw/host/sandboxes/bubblewrap/bubblewrap-driver.js';
import type { SandboxDriver } from '@nanoclaw/host/sandboxes/sandbox.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The files of this checkout; the runner is always replaced by the probe, so it need not be built. */
export const app = {
  runnerFile: `${root}packages/agent/dist/runner.mjs`,
  claudeFile: `${root}node_modules/@anthropic-ai/claude-agent-sdk-linux-${process.arch}/claude`,
  nodeFile: process.execPath,
};

/** The driver as the host makes it, for this process's user. */
export function createDriver(installation: string): SandboxDriver {
  const host = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  return createBubblewrapDriver({ app, host, installation, clock: systemClock });
}
