import { EgressPolicy, FolderName } from '@nanoclaw/protocol';
import { NanoError } from '../kernel/errors.ts';
import { asChatJid, type ChatJid, type Seq } from '../messages/message.ts';
import type { Database } from '../store/open-store.ts';
import { mountWishes, withMountWishes } from './container-config.ts';
import type { Group, GroupChange } from './group.ts';

interface Row {
  jid: string;
  name: string;
  folder: string;
  trigger_pattern: string;
  added_at: string;
  requires_trigger: number | null;
  is_main: number | null;
  handled_seq: number;
  model: string | null;
  timeout_ms: number | null;
  daily_budget_usd: number | null;
  container_config: string | null;
  egress: string | null;
  team_of: string | null;
  role: string | null;
}

export type GroupStore = ReturnType<typeof createGroupStore>;

/** Registered groups, their cursors and their Agent SDK sessions. */
export function createGroupStore(database: Database) {
  const all = database.prepare('SELECT * FROM registered_groups ORDER BY is_main DESC, added_at, jid');
  const byJid = database.prepare('SELECT * FROM registered_groups WHERE jid = ?');
  const byFolder = database.prepare('SELECT * FROM registered_groups WHERE folder = ? COLLATE NOCASE');
  const insert = database.prepare(`
    INSERT INTO registered_groups (jid, name, folder, trigger_pattern, added_at, requires_trigger, is_main, handled_seq,
      model, timeout_ms, daily_budget_usd, container_config, egress, team_of, role)
    VALUES (@jid, @name, @folder, @trigger, @addedAt, @requiresTrigger, @isMain, @handledSeq,
      @model, @timeoutMs, @dailyBudgetUsd, @containerConfig, @egress, @teamOf, @role)`);
  const update = database.prepare(`
    UPDATE registered_groups SET name = @name, trigger_pattern = @trigger, requires_trigger = @requiresTrigger,
      model = @model, timeout_ms = @timeoutMs, daily_budget_usd = @dailyBudgetUsd,
      container_config = @containerConfig, egress = @egress WHERE jid = @jid`);
  const remove = database.prepare('DELETE FROM registered_groups WHERE jid = ?');
  const advance = database.prepare('UPDATE registered_groups SET handled_seq = ? WHERE jid = ? AND handled_seq < ?');
  const markTold = database.prepare(
    'UPDATE registered_groups SET told_waiting_seq = @seq WHERE jid = @jid AND told_waiting_seq IS NOT @seq',
  );
  const session = database.prepare('SELECT session_id FROM sessions WHERE group_folder = ?').pluck();
  const clearSession = database.prepare('DELETE FROM sessions WHERE group_folder = ?');
  const setSession = database.prepare(`
    INSERT INTO sessions (group_folder, session_id) VALUES (?, ?)
    ON CONFLICT (group_folder) DO UPDATE SET session_id = excluded.session_id`);

  const rows = (): Row[] => all.all() as Row[];
  const list = (): Group[] => rows().filter(isUsable).map(toGroup);
  const find = (jid: string): Group | undefined => {
    const row = byJid.get(jid) as Row | undefined;
    return row && isUsable(row) ? toGroup(row) : undefined;
  };

  return {
    list,
    find,
    /** The group whose folder has exactly this name. */
    ofFolder: (folder: string) => list().find((group) => group.folder === folder),
    main: () => list().find(({ isMain }) => isMain),
    /** The teammates of a group. */
    teamOf: (folder: string) => list().filter(({ team }) => team?.of === folder),
    /** Under whose rights and budget a group works: a teammate under those of the group it belongs to. */
    ownerOf: (group: Group): Group =>
      group.team === null ? group : (list().find(({ folder }) => folder === group.team?.of) ?? group),
    /** Registrations that v1 let in, or a hand wrote, and that can have no agent: their folder would lead elsewhere. */
    unusable: () =>
      rows()
        .filter((row) => !isUsable(row))
        .map(({ jid, folder }) => ({ jid, folder })),
    /** Adds a group. Throws 'group-refused' when the chat or the folder is taken, or a second main is wished for. */
    add(group: Group): void {
      database.transaction(() => {
        const taken = find(group.jid);
        if (taken) throw refused(`chat ${group.jid} is registered already, with folder ${taken.folder}`);
        const owner = byFolder.get(group.folder) as Row | undefined;
        if (owner) throw refused(`folder ${group.folder} belongs to chat ${owner.jid}: choose another`);
        const main = group.isMain ? this.main() : undefined;
        if (main) throw refused(`chat ${main.jid} is main already, and there is one main: remove it first`);
        // Only a registration that cannot be used can still be there.
        remove.run(group.jid);
        insert.run(toRow(group, null));
      })();
    },
    /** Changes what the change names. Gives the group as it is now; undefined when the chat is not registered. */
    change(jid: string, change: GroupChange): Group | undefined {
      return database.transaction(() => {
        const group = find(jid);
        if (group === undefined) return undefined;
        const { container_config } = byJid.get(jid) as Row;
        // What the change does not name is not in it.
        update.run(toRow({ ...group, ...change } as Group, container_config));
        return find(jid);
      })();
    },
    /** Removes the registration; folder, messages and session stay. False when the chat was not registered. */
    remove: (jid: string): boolean => remove.run(jid).changes > 0,
    /** Moves the cursor forward, never back. */
    markHandled: (jid: ChatJid, seq: Seq) => advance.run(seq, jid, seq),
    /** The chat is told that it waits for what comes after `seq`. False when it was told that already. */
    markTold: (jid: ChatJid, seq: Seq): boolean => markTold.run({ jid, seq }).changes > 0,
    sessionOf: (folder: string) => session.get(folder) as string | undefined,
    /** The next run begins a new session. */
    clearSession: (folder: string) => clearSession.run(folder),
    setSession: (folder: string, sessionId: string) => setSession.run(folder, sessionId),
  };
}

function isUsable(row: Row): boolean {
  return FolderName.safeParse(row.folder).success && asChatJid(row.jid) !== undefined;
}

function toGroup(row: Row): Group {
  return {
    jid: row.jid as ChatJid,
    name: row.name,
    folder: row.folder,
    trigger: row.trigger_pattern,
    addedAt: row.added_at,
    requiresTrigger: row.requires_trigger !== 0,
    isMain: row.is_main === 1,
    handledSeq: row.handled_seq,
    model: row.model,
    timeoutMs: row.timeout_ms,
    dailyBudgetUsd: row.daily_budget_usd,
    // What is not known here, from a later release or a hand, is nothing.
    egress: row.egress === null ? null : EgressPolicy.catch('none').parse(row.egress),
    mounts: mountWishes(row.container_config),
    team: row.team_of === null ? null : { of: row.team_of, role: row.role ?? '' },
  };
}

/** Values of the statements' names; what else v1 has in the configuration is kept. */
function toRow({ mounts, team, ...group }: Group, containerConfig: string | null) {
  return {
    ...group,
    teamOf: team?.of ?? null,
    role: team?.role ?? null,
    requiresTrigger: Number(group.requiresTrigger),
    isMain: Number(group.isMain),
    containerConfig: withMountWishes(containerConfig, mounts),
  };
}

function refused(why: string): NanoError {
  return new NanoError('group-refused', `this group cannot be registered: ${why}`);
}
