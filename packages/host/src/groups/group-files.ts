import {
  chmodSync,
  closeSync,
  fchownSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { MAILBOX } from '@nanoclaw/protocol';
import { NanoError } from '../kernel/errors.ts';
import { hostileTree } from '../kernel/hostile-tree.ts';

/** The host's directories of one group. Their own names are the host's; what is inside is the sandbox's. */
export interface GroupDirectories {
  readonly group: string;
  readonly claude: string;
  readonly mailbox: string;
}

export interface GroupPlaces {
  readonly groups: string;
  readonly sessions: string;
  readonly mailboxes: string;
}

export function groupDirectories(places: GroupPlaces, folder: string): GroupDirectories {
  return {
    group: join(places.groups, folder),
    claude: join(places.sessions, folder, '.claude'),
    mailbox: join(places.mailboxes, folder),
  };
}

/** Who owns what a sandbox may write. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Makes sure the directories of a group exist and belong to the sandbox's user. What a sandbox put in the place of a
 * mailbox folder (a link, a file) is removed, never followed. Called while no sandbox of the group lives.
 */
export function prepareGroupDirectories(places: GroupDirectories, owner: Owner): void {
  for (const directory of [places.group, places.claude, places.mailbox]) prepareSharedDirectory(directory, owner);
  for (const name of Object.values(MAILBOX)) {
    const folder = join(places.mailbox, name);
    if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() === false) rmSync(folder);
    prepareSharedDirectory(folder, owner);
  }
}

/**
 * One directory that sandboxes may write. Throws 'file-refused' when something else stands there. Under a root host v1's
 * sandboxes were another user than ours, who then could not read its sessions and files: what another owns is made the
 * sandbox's with everything in it, the directory itself last, because its owner says that this was done.
 */
export function prepareSharedDirectory(directory: string, owner: Owner): void {
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  const stat = lstatSync(directory);
  if (!stat.isDirectory()) {
    throw new NanoError('file-refused', `${directory} is not a directory: move it away and try again`);
  }
  if (process.getuid?.() === 0 && stat.uid !== owner.uid) {
    for (const entry of hostileTree(directory)) lchownSync(entry.path, owner.uid, owner.gid);
    lchownSync(directory, owner.uid, owner.gid);
  }
  // An agent may have closed its own directory; it must not be able to spoil its group for good.
  if ((stat.mode & 0o700) !== 0o700) chmodSync(directory, 0o755);
}

/** Writes a CLAUDE.md from its template unless something of that name is there. The template says Andy for the name. */
export function writeMemoryTemplate(options: {
  directory: string;
  template: string;
  assistantName: string;
  owner: Owner;
}): void {
  const target = join(options.directory, 'CLAUDE.md');
  if (lstatSync(target, { throwIfNoEntry: false }) !== undefined) return;
  const text = readFileSync(options.template, 'utf8').replaceAll(/\bAndy\b/g, () => options.assistantName);
  const descriptor = openSync(target, 'wx', 0o644);
  try {
    writeFileSync(descriptor, text);
    if (process.getuid?.() === 0) fchownSync(descriptor, options.owner.uid, options.owner.gid);
  } finally {
    closeSync(descriptor);
  }
}
