import {
  CLOSE_FILE,
  GROUP_SNAPSHOT_FILE,
  type GroupSnapshot,
  MAILBOX,
  TASK_SNAPSHOT_FILE,
  type TaskSnapshot,
} from '@nanoclaw/protocol';
import { listHostileDirectory, removeHostileFile, writeHostileFile } from '../kernel/safe-files.ts';

/** Most left-over files of an earlier run that are cleared from one mailbox folder before a new run. */
const MAX_LEFTOVERS = 10_000;

/**
 * Clears what an earlier run left in its mailbox. Messages it was given are unhandled in the database and come with the
 * next prompt. Requests it made are read to the last when a run ends; only those of a run that a crash of the host has
 * cut off can be left, and its turn is run again and asks again. A left-over of either kind would be said twice.
 */
export function clearMailbox(mailbox: string): void {
  for (const folder of Object.values(MAILBOX)) {
    const names = listHostileDirectory({ root: mailbox, below: [folder], maxEntries: MAX_LEFTOVERS, isWanted: isOurs });
    for (const name of names) removeHostileFile({ root: mailbox, below: [folder, name] });
  }
}

function isOurs(name: string): boolean {
  return name === CLOSE_FILE || name.endsWith('.json') || name.startsWith('.');
}

/** Writes the snapshots that agents read as files. */
export function writeSnapshots(mailbox: string, snapshots: { tasks: TaskSnapshot; groups: GroupSnapshot }): void {
  writeHostileFile({ root: mailbox, below: [TASK_SNAPSHOT_FILE], content: JSON.stringify(snapshots.tasks, null, 2) });
  writeHostileFile({ root: mailbox, below: [GROUP_SNAPSHOT_FILE], content: JSON.stringify(snapshots.groups, null, 2) });
}
