import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStores } from '@nanoclaw/host/app-stores.js';
import { homePaths, prepareHome } from '@nanoclaw/host/config/home-files.js';
import { registerGroup } from '@nanoclaw/host/flows/manage-groups.js';

/** Chats of every simulated life, by platform: repeatable, readable, neither. */
export const CHATS = [
  { jid: 'rep:main', folder: 'main', isMain: true, requiresTrigger: false },
  { jid: 'rep:open', folder: 'rep-open', isMain: false, requiresTrigger: false },
  { jid: 'rea:open', folder: 'rea-open', isMain: false, requiresTrigger: false },
  { jid: 'nei:open', folder: 'nei-open', isMain: false, requiresTrigger: false },
  { jid: 'nei:called', folder: 'nei-called', isMain: false, requiresTrigger: true },
  /** Its sends always fail. */
  { jid: 'rea:dead', folder: 'rea-dead', isMain: false, requiresTrigger: false },
] as const;

/** In memory where the machine has such a place: no life ends by a power cut. */
const BASE = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** A home with the groups registered, made once and copied for each life. */
export function createHomeTemplate(startMs: number): { copy(): string; remove(): void } {
  const template = mkdtempSync(join(BASE, 'nanoclaw-template-'));
  const paths = homePaths(template);
  prepareHome(paths);
  const stores = openStores(paths.database);
  const manage = {
    ...stores,
    places: paths,
    templates: join(import.meta.dirname, '..', '..', 'packages', 'host', 'templates'),
    assistantName: 'Andy',
    owner: { uid: process.getuid?.() ?? 1000, gid: process.getgid?.() ?? 1000 },
    now: () => startMs,
  };
  for (const { jid, folder, isMain, requiresTrigger } of CHATS) {
    registerGroup(manage, { jid, name: folder, folder, isMain, requiresTrigger });
  }
  stores.database.pragma('journal_mode = DELETE');
  stores.database.close();
  return {
    copy() {
      const home = mkdtempSync(join(BASE, 'nanoclaw-life-'));
      cpSync(template, home, { recursive: true });
      return home;
    },
    remove: () => rmSync(template, { recursive: true, force: true }),
  };
}
