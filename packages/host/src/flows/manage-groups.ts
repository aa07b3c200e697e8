import { join } from 'node:path';
import { type Group, GroupChange, type GroupRegistration, planGroup } from '../groups/group.ts';
import {
  type GroupPlaces,
  groupDirectories,
  prepareGroupDirectories,
  prepareSharedDirectory,
  writeMemoryTemplate,
} from '../groups/group-files.ts';
import type { GroupStore } from '../groups/group-store.ts';
import { NanoError } from '../kernel/errors.ts';
import { asChatJid, type ChatJid } from '../messages/message.ts';
import type { MessageStore } from '../messages/message-store.ts';
import type { Recorder } from '../store/record-files.ts';

export interface ManageGroupsDeps {
  readonly groups: GroupStore;
  readonly messages: MessageStore;
  readonly record: Recorder;
  readonly places: GroupPlaces;
  /** The directory with `main.md`, `group.md` and `global.md` as shipped. */
  readonly templates: string;
  readonly assistantName: string;
  readonly owner: { uid: number; gid: number };
  readonly now: () => number;
}

/** Registers a chat: row, folder, memory file from its template. Throws 'group-refused' and changes nothing. */
export function registerGroup(deps: ManageGroupsDeps, wish: GroupRegistration): Group {
  const addedAt = new Date(deps.now()).toISOString();
  const plan = planGroup(wish, { trigger: `@${deps.assistantName}`, addedAt });
  // What was said before, perhaps to an earlier registration, was not said to this one.
  const group = { ...plan, handledSeq: deps.messages.newestSeq() };
  deps.groups.add(group);
  try {
    deps.messages.ensureChat({ jid: group.jid, channel: channelName(group.jid), isGroup: false });
    makeFolder(deps, group);
  } catch (error) {
    deps.groups.remove(group.jid);
    throw error;
  }
  record(deps, group, 'registered');
  return group;
}

/** Ends the registration of a group; its folder, messages and session stay. */
export function removeGroup(deps: Pick<ManageGroupsDeps, 'groups' | 'record' | 'now'>, group: Group): void {
  if (deps.groups.remove(group.jid)) record(deps, group, 'removed');
  for (const teammate of deps.groups.teamOf(group.folder)) deps.groups.remove(teammate.jid);
}

function record(deps: Pick<ManageGroupsDeps, 'record' | 'now'>, group: Group, what: string): void {
  const { jid, isMain, egress, mounts } = group;
  deps.record.add({
    kind: 'group',
    group: group.folder,
    detail: { what, jid, isMain, egress, mounts },
    now: deps.now(),
  });
}

/** Changes settings of a registered group. Throws 'group-refused' for a change that cannot be, and changes nothing. */
export function changeGroup(
  deps: Pick<ManageGroupsDeps, 'groups' | 'record' | 'now'>,
  group: Group,
  wish: unknown,
): Group {
  const change = GroupChange.safeParse(wish);
  if (!change.success) {
    const reasons = change.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
    throw new NanoError('group-refused', `this group cannot be changed: ${reasons}`);
  }
  const changed = deps.groups.change(group.jid, change.data) ?? group;
  record(deps, changed, `changed: ${Object.keys(change.data).join(', ')}`);
  return changed;
}

function makeFolder(deps: ManageGroupsDeps, group: Group): void {
  const directories = groupDirectories(deps.places, group.folder);
  prepareGroupDirectories(directories, deps.owner);
  writeMemoryTemplate({
    directory: directories.group,
    template: join(deps.templates, group.isMain ? 'main.md' : 'group.md'),
    assistantName: deps.assistantName,
    owner: deps.owner,
  });
}

/**
 * The built-in chat becomes main when there is no main yet and neither its name nor its folder is in use; also makes
 * everybody's memory folder.
 */
export function ensureMainGroup(deps: ManageGroupsDeps): void {
  const { assistantName, owner } = deps;
  const directory = join(deps.places.groups, 'global');
  prepareSharedDirectory(directory, owner);
  writeMemoryTemplate({ directory, template: join(deps.templates, 'global.md'), assistantName, owner });
  const isTaken = deps.groups
    .list()
    .some(({ jid, folder, isMain }) => isMain || jid === 'local:main' || folder.toLowerCase() === 'main');
  if (isTaken) return;
  registerGroup(deps, { jid: 'local:main', name: 'main', folder: 'main', isMain: true, requiresTrigger: false });
}

export function localChats(groups: GroupStore): { jid: ChatJid; name: string }[] {
  return groups
    .list()
    .filter(({ jid }) => jid.startsWith('local:'))
    .map(({ jid, name }) => ({ jid, name }));
}

/** Chats that the page shows: all but those of teammates, whose work is their lead's. */
export function allChats(groups: GroupStore): { jid: ChatJid; name: string; app?: string }[] {
  return groups
    .list()
    .filter(({ team }) => team === null)
    .map(({ jid, name }) => (jid.startsWith('local:') ? { jid, name } : { jid, name, app: channelName(jid) }));
}

/** The channel that owns a chat id, by its form (contracts, "Chat ids"). */
export function channelName(jid: ChatJid): string {
  if (/@(g\.us|s\.whatsapp\.net)$/.test(jid)) return 'whatsapp';
  const prefixes: Record<string, string> = { tg: 'telegram', slack: 'slack', dc: 'discord', gmail: 'gmail' };
  const prefix = jid.split(':')[0] ?? '';
  return prefixes[prefix] ?? prefix;
}

/** A registered group by its chat id or folder. */
export function findGroup(groups: GroupStore, name: string): Group | undefined {
  const jid = asChatJid(name);
  return (jid && groups.find(jid)) ?? groups.list().find(({ folder }) => folder === name);
}
