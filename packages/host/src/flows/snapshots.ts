import type { GroupSnapshot } from '@nanoclaw/protocol';
import type { LiveAgents } from '../agents/live-agents.ts';
import { writeSnapshots } from '../agents/workspace-files.ts';
import type { Group } from '../groups/group.ts';
import type { GroupStore } from '../groups/group-store.ts';
import { describeError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import type { MessageStore } from '../messages/message-store.ts';
import type { TaskStore } from '../tasks/task-store.ts';

/** Most chats listed for main to register. */
const MAX_AVAILABLE_GROUPS = 500;

export interface SnapshotDeps {
  readonly groups: GroupStore;
  readonly messages: MessageStore;
  readonly tasks: TaskStore;
  readonly now: () => number;
  readonly log: Log;
}

/**
 * Writes what agents read as files: the tasks they may know of, and for main the chats it may register. An earlier run may
 * have made a directory of a snapshot's name; that spoils the snapshot, not the group.
 */
export function giveSnapshots(deps: SnapshotDeps, group: Group, mailbox: string): void {
  try {
    writeSnapshots(mailbox, { tasks: deps.tasks.visibleTo(group), groups: groupSnapshot(deps, group) });
  } catch (error) {
    deps.log.warn('run.snapshots-not-written', { group: group.folder, error: describeError(error) });
  }
}

/** Gives every live agent new ones, because tasks or registrations have changed. */
export function refreshSnapshots(deps: SnapshotDeps, liveAgents: Pick<LiveAgents, 'list'>): void {
  for (const { group, mailbox } of liveAgents.list()) giveSnapshots(deps, group, mailbox);
}

function groupSnapshot(deps: SnapshotDeps, group: Group): GroupSnapshot {
  const lastSync = new Date(deps.now()).toISOString();
  if (!group.isMain) return { groups: [], lastSync };
  const chats = deps.messages.groupChats(MAX_AVAILABLE_GROUPS);
  const groups = chats.map(({ jid, name, lastActivity }) => ({
    jid,
    name,
    lastActivity: lastActivity ?? '',
    isRegistered: deps.groups.find(jid) !== undefined,
  }));
  return { groups, lastSync };
}
