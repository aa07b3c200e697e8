import { isDropped, mayTrigger, type SenderAccess } from '../access/sender-rules.ts';
import type { SenderAllowlist } from '../access/sender-rules-files.ts';
import type { Group } from '../groups/group.ts';
import type { GroupStore } from '../groups/group-store.ts';
import { type Clock, startLoop } from '../kernel/clock.ts';
import { describeError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import type { ChatJid, InboundMessage, StoredMessage } from '../messages/message.ts';
import type { OutboxStore } from '../messages/outbox-store.ts';
import { triggerTest } from '../messages/trigger.ts';

/** How often the allowlist is looked at when nobody writes, in milliseconds. */
export const ALLOWLIST_LOOK_MS = 15_000;

/** What decides whether a message wakes the assistant: the group's trigger, and who has written it. */
export interface WakeRule {
  /** The test for messages of this group, as the rules are now. */
  testFor(group: Group): (message: Pick<StoredMessage, 'content' | 'sender' | 'isFromMe' | 'isFromTeam'>) => boolean;
  /** Whether somebody may wake the assistant of the group at all. */
  mayWake(group: Group, sender: Pick<StoredMessage, 'sender' | 'isFromMe'>): boolean;
  /** Changes when the same message may get another answer. */
  version(): number;
}

export function createWakeRule(allowlist: SenderAllowlist): WakeRule {
  return {
    testFor(group) {
      const isMeant = triggerTest(group);
      const access = allowlist.current();
      return (message) => message.isFromTeam || (isMeant(message) && mayTrigger(access, group, message));
    },
    mayWake: (group, sender) => mayTrigger(allowlist.current(), group, sender),
    version: allowlist.version,
  };
}

/** Whether a message of a registered chat is not to be stored. */
export function createDropRule(deps: { allowlist: SenderAllowlist; log: Log }) {
  return (group: Group, message: InboundMessage): boolean => {
    const access = deps.allowlist.current();
    if (!isDropped(access, group, { sender: message.sender, isFromMe: message.isFromMe ?? false })) return false;
    if ('rules' in access && access.rules.logDenied) {
      deps.log.info('message.dropped', { chat: group.jid, sender: message.sender });
    }
    return true;
  };
}

export interface WatchAllowlistDeps {
  readonly allowlist: SenderAllowlist;
  readonly groups: GroupStore;
  readonly outbox: OutboxStore;
  readonly onOutgoing: (chatJid: ChatJid) => void;
  /** Looks at a chat again: what woke nobody before may wake somebody now. */
  readonly reconsider: (chatJid: ChatJid) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** Tells main when the allowlist breaks and when it works again, and looks at every chat anew when it has changed. */
export function watchAllowlist(deps: WatchAllowlistDeps, signal: AbortSignal): { stopped: Promise<void> } {
  const { allowlist, groups, clock, log } = deps;
  let seen = allowlist.version();
  let told: string | undefined;

  function report(access: SenderAccess): void {
    const problem = 'problem' in access ? access.problem : undefined;
    if (problem === told) return;
    if (problem === undefined) tellMain(deps, 'The sender allowlist can be read again.');
    else
      tellMain(deps, `The sender allowlist cannot be used, so nobody but you wakes me outside this chat: ${problem}.`);
    if (problem === undefined) log.info('allowlist.works-again');
    else log.error('allowlist.broken', { problem });
    told = problem;
  }

  return startLoop({
    clock,
    everyMs: ALLOWLIST_LOOK_MS,
    signal,
    onError: (error) => log.error('allowlist.failed', { error: describeError(error) }),
    body() {
      report(allowlist.current());
      if (allowlist.version() === seen) return;
      seen = allowlist.version();
      for (const { jid } of groups.list()) deps.reconsider(jid);
    },
  });
}

function tellMain({ groups, outbox, onOutgoing, clock }: WatchAllowlistDeps, text: string): void {
  const main = groups.main();
  if (main === undefined) return;
  outbox.add({ chatJid: main.jid, text, origin: 'notice', now: clock.now() });
  onOutgoing(main.jid);
}
