import type { Base } from './app-base.ts';
import { manageDeps } from './app-manage.ts';
import { createGreeting, type GreetDeps } from './flows/greet-strangers.ts';
import { createPairing, type PairingDeps } from './flows/pair-chat.ts';

/** What becomes of messages from chats that nobody has registered. */
export function meetStrangers(
  { config, paths, stores, log }: Base,
  parts: Pick<GreetDeps, 'mayGreet' | 'onOutgoing' | 'now'> & Pick<PairingDeps, 'onGroupsChanged'>,
) {
  const pairing = createPairing({ ...stores, ...manageDeps(config, paths, stores, parts.now), ...parts, log });
  const greet = createGreeting({ ...stores, ...parts, isWanted: config.variables.ANSWER_STRANGERS === 'yes' });
  return { pairing, strangers: { takeCode: pairing.take, greet, onChatMoved: parts.onGroupsChanged } };
}
