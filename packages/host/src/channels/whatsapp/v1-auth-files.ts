import { readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { isMissing, readHostileFile } from '../../kernel/safe-files.ts';
import { syncToDisk } from '../../kernel/sync-files.ts';
import type { AuthStore, StoredKey } from './auth-store.ts';

/** Largest of v1's key files that is read, in bytes. */
const MAX_KEY_FILE_BYTES = 16 * 2 ** 20;

/** Kinds of keys as v1's file names begin; one that begins like another stands before it. */
const KINDS = [
  'app-state-sync-key',
  'app-state-sync-version',
  'sender-key-memory',
  'sender-key',
  'identity-key',
  'lid-mapping',
  'device-list',
  'pre-key',
  'session',
  'tctoken',
];

/**
 * Takes over the device that v1 kept as hundreds of files in `store/auth`, unless there is one here already. Its
 * `creds.json` is renamed then, so that two programs never are one device; gives whether there was one.
 */
export function takeOverV1Auth(directory: string, store: AuthStore): boolean {
  if (store.find('creds', 'creds') !== undefined) return false;
  const creds = read(directory, 'creds.json');
  if (creds === undefined) return false;
  const keys = readdirSync(directory).flatMap((name): StoredKey[] => {
    const known = keyOf(name);
    const value = known && read(directory, name);
    return known === undefined || value === undefined ? [] : [{ ...known, value }];
  });
  store.save([...keys, { kind: 'creds', id: 'creds', value: creds }]);
  renameSync(join(directory, 'creds.json'), join(directory, 'creds.json.migrated'));
  syncToDisk(directory);
  return true;
}

/** Undefined for what is no key. In names of files `/` is written `__` and `:` is written `-`. */
function keyOf(name: string): { kind: string; id: string } | undefined {
  const kind = KINDS.find((each) => name.startsWith(`${each}-`));
  if (kind === undefined || !name.endsWith('.json')) return undefined;
  const id = name.slice(kind.length + 1, -'.json'.length).replaceAll('__', '/');
  return { kind, id: kind === 'sender-key' ? id.replaceAll('--', '::') : id };
}

/** The text of a file, if it is one and is JSON. */
function read(directory: string, name: string): string | undefined {
  try {
    const bytes = readHostileFile({ root: directory, below: [name], maxBytes: MAX_KEY_FILE_BYTES });
    const text = bytes.toString('utf8');
    JSON.parse(text);
    return text;
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
