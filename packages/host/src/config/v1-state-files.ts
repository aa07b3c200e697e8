import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { describeError } from '../kernel/errors.ts';
import { isMissing, readHostileFile } from '../kernel/safe-files.ts';
import { syncToDisk } from '../kernel/sync-files.ts';

/** Largest state file that is read, in bytes. */
export const MAX_STATE_FILE_BYTES = 64 * 2 ** 20;

/** v1 kept its state in these files before it had tables for them. Entries that do not fit are left out, each for itself. */
const RouterState = z.object({
  last_timestamp: z.string().optional().catch(undefined),
  last_agent_timestamp: z.record(z.string(), z.unknown()).catch({}),
});
const Sessions = z.record(z.string(), z.unknown());
const Groups = z.record(z.string(), z.unknown());
const Registration = z.looseObject({
  name: z.string(),
  folder: z.string(),
  trigger: z.string(),
  added_at: z.string(),
  containerConfig: z.unknown().optional(),
  requiresTrigger: z.boolean().optional(),
});

export interface V1Group {
  readonly jid: string;
  readonly name: string;
  readonly folder: string;
  readonly trigger: string;
  readonly addedAt: string;
  /** As JSON text. */
  readonly containerConfig: string | null;
  readonly requiresTrigger: boolean;
}

export interface V1State {
  readonly lastTimestamp: string | undefined;
  /** By chat id. */
  readonly cursors: Readonly<Record<string, string>>;
  /** By folder. */
  readonly sessions: Readonly<Record<string, string>>;
  readonly groups: readonly V1Group[];
  /** The files that were read, by name. */
  readonly files: readonly string[];
  /** What could not be read, for the owner. */
  readonly problems: readonly string[];
}

/** Reads what there is of v1's state files. One that cannot be understood stays where it is, and is a problem. */
export function readV1State(directory: string): V1State {
  const problems: string[] = [];
  const files: string[] = [];
  function read<T>(name: string, schema: z.ZodType<T>): T | undefined {
    try {
      const bytes = readHostileFile({ root: directory, below: [name], maxBytes: MAX_STATE_FILE_BYTES });
      const value = schema.parse(JSON.parse(bytes.toString('utf8')));
      files.push(name);
      return value;
    } catch (error) {
      if (isMissing(error)) return undefined;
      const why = error instanceof z.ZodError ? 'it has another shape' : describeError(error);
      problems.push(`${join(directory, name)} of v1 cannot be read and is kept as it is: ${why}`);
      return undefined;
    }
  }
  const router = read('router_state.json', RouterState);
  const sessions = read('sessions.json', Sessions);
  const groups = Object.entries(read('registered_groups.json', Groups) ?? {}).flatMap(([jid, entry]) => {
    const parsed = Registration.safeParse(entry);
    if (parsed.success) return [toGroup(jid, parsed.data)];
    problems.push(`registered_groups.json of v1 has no complete registration for ${jid}: it is left out`);
    return [];
  });
  return {
    lastTimestamp: router?.last_timestamp,
    cursors: textsOf(router?.last_agent_timestamp ?? {}),
    sessions: textsOf(sessions ?? {}),
    groups,
    files,
    problems,
  };
}

/** Marks files as taken over, as v1 itself did. */
export function retireV1State(directory: string, files: readonly string[]): void {
  for (const name of files) renameSync(join(directory, name), join(directory, `${name}.migrated`));
  if (files.length > 0) syncToDisk(directory);
}

function toGroup(jid: string, entry: z.infer<typeof Registration>): V1Group {
  return {
    jid,
    name: entry.name,
    folder: entry.folder,
    trigger: entry.trigger,
    addedAt: entry.added_at,
    containerConfig: entry.containerConfig === undefined ? null : JSON.stringify(entry.containerConfig),
    requiresTrigger: entry.requiresTrigger ?? true,
  };
}

function textsOf(record: Readonly<Record<string, unknown>>): Record<string, string> {
  const texts = Object.entries(record).filter((pair): pair is [string, string] => {
    return typeof pair[1] === 'string' && pair[1] !== '';
  });
  return Object.fromEntries(texts);
}
