import type { Base } from './app-base.ts';
import { openRemoteControl } from './app-remote-control.ts';
import type { Deliverer } from './flows/deliver-reply.ts';
import { createHostCommands, type HostCommandDeps, type TakeCommand } from './flows/host-commands.ts';
import type { Clock } from './kernel/clock.ts';
import type { Signal } from './kernel/signals.ts';
import type { StoredMessage } from './messages/message.ts';

/** The commands that people give the host in a chat. */
export function createCommands(
  base: Pick<Base, 'config' | 'paths' | 'stores' | 'lifecycle' | 'log'>,
  parts: Pick<HostCommandDeps, 'allowlist' | 'liveAgents' | 'queue' | 'wakeTasks' | 'stopTeam' | 'asked'> & {
    readonly stored: Signal<StoredMessage>;
    readonly deliverer: Deliverer;
    readonly clock: Clock;
  },
): TakeCommand {
  const { config, stores, log } = base;
  const { ASSISTANT_NAME: assistantName, MODEL: defaultModel } = config.variables;
  return createHostCommands({
    ...stores,
    ...parts,
    remoteControl: openRemoteControl(base, { ...parts, onOutgoing: parts.deliverer.wake }),
    assistantName,
    defaultModel,
    timezone: config.timezone,
    onStored: parts.stored.emit,
    onOutgoing: parts.deliverer.wake,
    now: parts.clock.now,
    log,
  });
}
