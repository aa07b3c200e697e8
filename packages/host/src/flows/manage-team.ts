import type { LiveAgents } from '../agents/live-agents.ts';
import type { Group } from '../groups/group.ts';
import type { GroupStore } from '../groups/group-store.ts';
import { NanoError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import type { Log } from '../kernel/log.ts';
import { type ChatJid, isTeamChat, type StoredMessage, teamChat } from '../messages/message.ts';
import type { MessageStore } from '../messages/message-store.ts';
import type { TurnStore } from '../messages/turn-store.ts';
import type { Database } from '../store/open-store.ts';
import type { Recorder } from '../store/record-files.ts';

/** Most teammates of one group. A teammate has none of its own: a team is one deep. */
export const MAX_TEAMMATES = 5;

/** How long a teammate may go without a message before it is dismissed, in milliseconds. */
export const TEAM_LIFE_MS = 24 * 60 * 60_000;

export interface ManageTeamDeps {
  readonly database: Database;
  readonly groups: GroupStore;
  readonly messages: MessageStore;
  readonly turns: TurnStore;
  readonly record: Recorder;
  readonly liveAgents: () => LiveAgents;
  readonly assistantName: string;
  readonly now: () => number;
  readonly onStored: (message: StoredMessage) => void;
  readonly log: Log;
}

export interface TeamWish {
  readonly name: string;
  readonly role: string;
  readonly prompt: string;
  readonly model?: string | undefined;
}

/** A teammate as its lead sees it. */
export interface Teammate {
  readonly name: string;
  readonly role: string;
  readonly phase: 'working' | 'resting' | 'asleep';
}

/**
 * Makes a teammate and gives it its first work. It is a group with a folder and a sandbox of its own, without rights of its
 * own. Throws 'group-refused' beyond the limits and for a name that is taken.
 */
export function startTeammate(deps: ManageTeamDeps, lead: Group, wish: TeamWish): Group {
  const { name, role, model = null } = wish;
  if (lead.team !== null) throw refused('a teammate has no teammates');
  const team = deps.groups.teamOf(lead.folder);
  if (team.some((one) => one.name === name)) throw refused(`there is a teammate ${name} already: message it`);
  if (team.length >= MAX_TEAMMATES) throw refused(`there are ${MAX_TEAMMATES} teammates, which is the limit: stop one`);
  const now = new Date(deps.now()).toISOString();
  const group: Group = {
    ...{ jid: teamChat(lead.folder, name), name, folder: newId('team'), trigger: '@', requiresTrigger: false },
    ...{
      isMain: false,
      addedAt: now,
      model,
      timeoutMs: lead.timeoutMs,
      dailyBudgetUsd: null,
      egress: null,
      mounts: [],
    },
    team: { of: lead.folder, role },
    // An earlier teammate of this name had its own conversation.
    handledSeq: deps.messages.newestSeq(),
  };
  deps.database.transaction(() => {
    deps.groups.add(group);
    deps.messages.ensureChat({ jid: group.jid, name, channel: 'team', isGroup: false });
  })();
  record(deps, group, 'teammate started');
  messageTeammate(deps, group, wish.prompt);
  return group;
}

/** Gives a teammate work, or something to know; it wakes when there is a place. */
export function messageTeammate(deps: ManageTeamDeps, teammate: Group, text: string): void {
  const id = newId('lead');
  const from = { sender: 'lead', senderName: deps.assistantName, timestamp: new Date(deps.now()).toISOString() };
  const chat = { jid: teammate.jid, channel: 'team', isGroup: false };
  const message = { id, chatJid: teammate.jid, content: text, ...from };
  const stored = deps.messages.accept(chat, message, { isFromTeam: true });
  if (stored !== undefined) deps.onStored(stored);
}

export function listTeam(deps: Pick<ManageTeamDeps, 'groups' | 'liveAgents'>, lead: Group): Teammate[] {
  return deps.groups.teamOf(lead.folder).map(({ jid, name, team }) => {
    const phase = deps.liveAgents().find(jid)?.phase;
    const shown = phase === 'working' ? 'working' : phase === undefined ? 'asleep' : 'resting';
    return { name, role: team?.role ?? '', phase: shown };
  });
}

/** Ends a teammate with whatever it does; its folder is removed later, when nothing can write there any more. */
export function stopTeammate(deps: ManageTeamDeps, teammate: Group): void {
  stopTurns(deps, teammate.jid);
  deps.groups.remove(teammate.jid);
  deps.liveAgents().cut(teammate.jid);
  record(deps, teammate, 'teammate stopped');
}

/** Ends what the teammates of a group are doing, and keeps them: somebody has said stop in its chat. */
export function stopTeamWork(deps: ManageTeamDeps, lead: Group): void {
  for (const teammate of deps.groups.teamOf(lead.folder)) {
    stopTurns(deps, teammate.jid);
    deps.groups.markHandled(teammate.jid, deps.messages.newestSeq());
    if (deps.liveAgents().find(teammate.jid)?.phase === 'working') deps.liveAgents().cut(teammate.jid);
  }
}

/** Dismisses teammates that nobody has needed for long, and those whose group is gone. */
export function dismissIdleTeams(deps: ManageTeamDeps): void {
  const folders = new Set(deps.groups.list().map(({ folder }) => folder));
  for (const teammate of deps.groups.list().filter(({ jid }) => isTeamChat(jid))) {
    const last = Date.parse(deps.messages.chat(teammate.jid)?.lastActivity ?? teammate.addedAt);
    const isOld = deps.now() - last > TEAM_LIFE_MS && deps.liveAgents().find(teammate.jid)?.phase !== 'working';
    if (isOld || !folders.has(teammate.team?.of ?? '')) stopTeammate(deps, teammate);
  }
}

/** The teammate of a group by its name. Throws 'not-found'. */
export function findTeammate(deps: Pick<ManageTeamDeps, 'groups'>, lead: Group, name: string): Group {
  const found = deps.groups.teamOf(lead.folder).find((one) => one.name === name);
  if (found === undefined) throw new NanoError('not-found', `there is no teammate ${name}`);
  return found;
}

function stopTurns({ turns, liveAgents, now }: ManageTeamDeps, chatJid: ChatJid): void {
  for (const { turn } of liveAgents().find(chatJid)?.openTurns ?? []) {
    turns.finish(turn.id, { state: 'failed', errorKind: 'interrupted' }, now());
  }
}

function record({ record: recorder, now }: ManageTeamDeps, { folder, name, team }: Group, what: string): void {
  recorder.add({
    kind: 'group',
    group: team?.of ?? folder,
    detail: { what, name, folder, role: team?.role },
    now: now(),
  });
}

function refused(reason: string): NanoError {
  return new NanoError('group-refused', reason);
}
