import type { WantedManager } from '../background/choose-manager.ts';
import { lockHolder } from '../config/lock-files.ts';
import { NanoError } from '../kernel/errors.ts';
import type { CliDeps, Report } from './cli-deps.ts';
import { controlClient } from './reach-host.ts';

/** How long a service may take until its host answers, in milliseconds. */
const READY_MS = 90_000;

const LOOK_EVERY_MS = 250;

export interface InstalledService {
  readonly manager: string;
  readonly isReady: boolean;
  readonly notes: readonly string[];
}

/** Installs the service and waits until its host answers. Throws 'home-locked' when a host that is not the service runs. */
export async function installService(
  deps: CliDeps,
  { name, manager: wanted }: { name: string; manager: WantedManager },
  report: Report,
): Promise<InstalledService> {
  const config = deps.config();
  const manager = await deps.serviceManager(config, wanted);
  const before = await manager.status(name);
  const { lock } = deps.paths(config);
  const holder = lockHolder(lock);
  if (holder !== undefined && holder !== before.pid) {
    throw new NanoError(
      'home-locked',
      `a NanoClaw that is no service (process ${holder}) runs on this home: stop it first`,
    );
  }
  report(manager.detail);
  const notes = await manager.install(deps.servicePlan(config, name));
  for (const note of notes) report(note);
  return { manager: manager.kind, isReady: await isReady(deps, holder), notes };
}

/** Whether a host other than the one before answers in time. */
async function isReady(deps: CliDeps, pidBefore: number | undefined): Promise<boolean> {
  const client = await controlClient(deps, deps.config());
  const deadline = deps.now() + READY_MS;
  while (deps.now() < deadline) {
    const status = await client.status().catch(() => undefined);
    if (status !== undefined && status.pid !== pidBefore) return true;
    await deps.sleep(LOOK_EVERY_MS);
  }
  return false;
}
