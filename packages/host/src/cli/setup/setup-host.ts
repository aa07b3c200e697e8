import { lockHolder } from '../../config/lock-files.ts';
import { NanoError } from '../../kernel/errors.ts';
import type { ControlClient } from '../control-client.ts';
import { installService } from '../install-service.ts';
import { controlClient } from '../reach-host.ts';
import type { SetupContext } from './step.ts';

/** How long a channel may take to connect, in milliseconds. */
const CONNECT_MS = 90_000;

const LOOK_EVERY_MS = 500;

/**
 * Does something with a host that has read the settings as they are now: one of setup's own, or the service, started anew.
 * Throws 'home-locked' when somebody else's host runs.
 */
export async function withSetupHost<T>(context: SetupContext, use: (client: ControlClient) => Promise<T>): Promise<T> {
  const { deps, ask, manager: wanted, signal } = context;
  const config = deps.config();
  const client = await controlClient(deps, config);
  const holder = lockHolder(deps.paths(config).lock);
  if (holder !== undefined) {
    const service = await (await deps.serviceManager(config, wanted)).status('nanoclaw');
    if (service.pid !== holder) {
      throw new NanoError(
        'home-locked',
        `a NanoClaw (process ${holder}) runs with the old settings: stop it, and run setup again`,
      );
    }
    ask.say('info', 'starting the service anew, for it to read the settings');
    await installService(deps, { name: 'nanoclaw', manager: wanted }, () => undefined);
    return use(client);
  }
  const report = (line: string): void => ask.say('info', line);
  const host = await deps.startHost(config, { report, logTo: 'file', signal });
  try {
    return await use(client);
  } finally {
    await host.drain();
  }
}

/** Waits until something is so; looks again and again. Throws 'host-not-running' when it does not come to be in time. */
export async function waitFor<T>(
  { deps, signal }: Pick<SetupContext, 'deps' | 'signal'>,
  limit: { readonly ms: number; readonly why: string },
  look: () => Promise<T | undefined>,
): Promise<T> {
  const deadline = deps.now() + limit.ms;
  for (;;) {
    signal.throwIfAborted();
    const found = await look();
    if (found !== undefined) return found;
    if (deps.now() >= deadline) throw new NanoError('host-refused', limit.why);
    await deps.sleep(LOOK_EVERY_MS, signal);
  }
}

export async function untilConnected(context: SetupContext, client: ControlClient, name: string): Promise<void> {
  const why = `${name} has not connected: nanoclaw logs tells why`;
  await waitFor(context, { ms: CONNECT_MS, why }, async () => {
    const { channels } = await client.status();
    return channels.find((channel) => channel.name === name)?.isConnected || undefined;
  });
}
