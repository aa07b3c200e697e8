import type { Base } from './app-base.ts';
import type { Deliverer } from './flows/deliver-reply.ts';
import { createHostCommands, type HostCommandDeps, type TakeCommand } from './flows/host-commands.ts';
import type { Clock } from './kernel/clock.ts';
import type { Signal } from './kernel/signals.ts';
import type { StoredMessage } from './messages/message.ts';

/** The commands that people give the host in a chat. */
export function createCommands(
  { config, stores, log }: Pick<Base, 'config' | 'stores' | 'log'>,
  parts: Pick<HostCommandDeps, 'allowlist' | 'liveAgents' | 'queue' | 'wakeTasks' | 'stopTeam'> & {
    readonly stored: Signal<StoredMessage>;
    readonly deliverer: Deliverer;
    readonly clock: Clock;
  },
): TakeCommand {
  const { ASSISTANT_NAME: assistantName, MODEL: defaultModel } = config.variables;
  return createHostCommands({
    ...stores,
    ...parts,
    assistantName,
    defaultModel,
    timezone: config.timezone,
    onStored: parts.stored.emit,
    onOutgoing: parts.deliverer.wake,
    now: parts.clock.now,
    log,
  });
}
