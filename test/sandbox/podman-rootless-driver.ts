import type { SandboxDriver } from '@nanoclaw/host/sandboxes/sandbox.js';
import { podmanClient, podmanDriver, unavailable } from './podman-engine.ts';

const client = unavailable === undefined ? await podmanClient('rootless') : undefined;

/** The driver as a host without rights makes it. */
export function createDriver(installation: string): SandboxDriver {
  if (client === undefined) throw new Error(unavailable);
  return podmanDriver(client, installation);
}
