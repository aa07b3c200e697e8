import { planGroup } from '@nanoclaw/host/groups/group.js';
import type { GroupStore } from '@nanoclaw/host/groups/group-store.js';

/** Registers chats in a database that has no home around it; they need no trigger. */
export function registerChats(groups: GroupStore, ...jids: string[]): void {
  for (const jid of jids) {
    const folder = `chat${groups.list().length}`;
    const defaults = { trigger: '@Andy', addedAt: '2026-01-01T00:00:00.000Z' };
    groups.add(planGroup({ jid, name: folder, folder, requiresTrigger: false }, defaults));
  }
}
