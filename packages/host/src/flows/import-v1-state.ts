import { FolderName } from '@nanoclaw/protocol';
import { readV1State, retireV1State, type V1State } from '../config/v1-state-files.ts';
import type { V1StateStore } from '../groups/v1-state-store.ts';
import { failpoint } from '../kernel/failpoints.ts';
import { asChatJid } from '../messages/message.ts';

/**
 * Takes over the state files of early v1 releases, once. The database comes first, in one transaction, then the files are
 * renamed. A crash between the two only leads to a second reading, and what is known by then is never replaced.
 * Gives what was done and what could not be, one sentence each.
 */
export function importV1State(directory: string, store: V1StateStore): string[] {
  const state = readV1State(directory);
  const notices = [...state.problems];
  if (state.files.length === 0) return notices;
  store.transaction(() => notices.push(...apply(state, store)));
  failpoint('migration-state-imported');
  retireV1State(directory, state.files);
  notices.push(`state files of v1 were taken over and renamed: ${state.files.join(', ')}`);
  return notices;
}

function apply(state: V1State, store: V1StateStore): string[] {
  if (state.lastTimestamp !== undefined) store.addState('last_timestamp', state.lastTimestamp);
  if (state.files.includes('router_state.json')) {
    store.addState('last_agent_timestamp', JSON.stringify(state.cursors));
  }
  for (const [folder, session] of Object.entries(state.sessions)) {
    if (FolderName.safeParse(folder).success) store.addSession(folder, session);
  }
  return state.groups.flatMap((group) => {
    const who = `the group ${group.name} (${group.jid}) of v1 is left out`;
    if (asChatJid(group.jid) === undefined) return [`${who}: that is no chat id`];
    if (!FolderName.safeParse(group.folder).success) {
      return [`${who}: its folder ${JSON.stringify(group.folder)} cannot be used`];
    }
    const inTheWay = store.addGroup(group);
    if (inTheWay === undefined || inTheWay === group.jid) return [];
    return [`${who}: its folder ${group.folder} belongs to the chat ${inTheWay}`];
  });
}
