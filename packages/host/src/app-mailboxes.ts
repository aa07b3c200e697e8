import type { LiveAgents } from './agents/live-agents.ts';
import { openAskForMounts } from './app-approvals.ts';
import type { Base } from './app-base.ts';
import type { Nature, startChats } from './app-chats.ts';
import { type Manage, manageAll } from './app-manage.ts';
import { expireDue } from './flows/approvals.ts';
import { type Mailboxes, startMailboxes } from './flows/mailbox-loop.ts';
import type { ManageTeamDeps } from './flows/manage-team.ts';
import type { MessageLoop } from './flows/message-loop.ts';
import type { QueueRunner } from './flows/queue-runner.ts';
import { refreshSnapshots } from './flows/snapshots.ts';
import type { TaskLoop } from './flows/task-loop.ts';

/** Parts that agents' requests have an effect on; looked up when there is one, as they are made later. */
export interface ManagedParts {
  readonly liveAgents: LiveAgents;
  readonly queue: QueueRunner;
  readonly loop: MessageLoop;
  readonly tasks: TaskLoop;
}

/** Reads the requests of agents; what they and the owner change, everybody here hears of. */
export function openMailboxes(
  base: Base,
  { nature, chats, parts }: { nature: Nature; chats: ReturnType<typeof startChats>; parts: () => ManagedParts },
  signal: AbortSignal,
): { manage: Manage; manageTeam: ManageTeamDeps; mailboxes: Mailboxes } {
  const { config, paths, stores, log } = base;
  const { clock, watch } = nature;
  const common = { ...stores, now: clock.now, log };
  const manage = manageAll(
    { config, stores, now: clock.now, log },
    {
      onTasksChanged() {
        refreshSnapshots(common, parts().liveAgents);
        parts().tasks.wake();
      },
      onGroupsChanged() {
        closeForeign(stores, parts());
        expireDue(chats.asked);
        refreshSnapshots(common, parts().liveAgents);
        for (const group of stores.groups.list()) parts().loop.reconsider(group.jid);
      },
    },
  );
  const { deliverer, channelOf, keptFiles, questions, stored } = chats;
  const manageTeam: ManageTeamDeps = {
    ...common,
    liveAgents: () => parts().liveAgents,
    assistantName: config.variables.ASSISTANT_NAME,
    onStored: stored.emit,
  };
  const chatDeps = { channelOf, keptFiles, questions, groupsDirectory: paths.groups, onOutgoing: deliverer.wake };
  const askForMounts = openAskForMounts(base, chats.asked, manage.manageGroups);
  const mailboxDeps = { ...common, ...manage, askForMounts, manageTeam, ...chatDeps, clock, watch };
  return { manage, manageTeam, mailboxes: startMailboxes(mailboxDeps, signal) };
}

/** Ends sandboxes whose chat is not registered with their folder any more. */
function closeForeign({ groups }: Base['stores'], { liveAgents, queue }: ManagedParts): void {
  for (const { group } of liveAgents.list()) {
    if (groups.find(group.jid)?.folder === group.folder) continue;
    queue.handle({ kind: 'closing', group: group.jid });
    liveAgents.close(group.jid);
  }
}
