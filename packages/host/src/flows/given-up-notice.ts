import type { GroupStore } from '../groups/group-store.ts';
import { type ChatJid, isTeamChat } from '../messages/message.ts';
import type { OutboxRow, OutboxStore } from '../messages/outbox-store.ts';

/** Tells main, in one sentence, that a text for another chat was given up: its own chat cannot be told. */
export function createGivenUpNotice(deps: {
  groups: GroupStore;
  outbox: OutboxStore;
  now: () => number;
  wake: (chatJid: ChatJid) => void;
}): (row: OutboxRow, reason: string) => void {
  return (row, reason) => {
    const main = deps.groups.main();
    if (main === undefined || main.jid === row.chatJid || isTeamChat(row.chatJid)) return;
    const text = `A message for chat ${row.chatJid} was not delivered and is given up: ${reason}.`;
    deps.outbox.add({ chatJid: main.jid, text, origin: 'notice', now: deps.now() });
    deps.wake(main.jid);
  };
}
