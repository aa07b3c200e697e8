import { join } from 'node:path';
import { SANDBOX_PATHS } from '@nanoclaw/protocol';
import type { Owner } from '../groups/group-files.ts';
import type { GroupStore } from '../groups/group-store.ts';
import { describeError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { makeHostileDirectory, writeHostileFile } from '../kernel/safe-files.ts';
import { fileKind, safeFileName } from '../messages/file-kind.ts';
import type { Attachment, InboundMessage } from '../messages/message.ts';

/** The folder of a group in which what people send lies. */
const FOLDER = 'attachments';

export interface KeepInboundDeps {
  readonly groups: GroupStore;
  /** The host's directory of all group folders. */
  readonly groupsDirectory: string;
  /** Who may write in it: sandboxes. */
  readonly owner: Owner;
  readonly log: Log;
}

/**
 * Writes a file that somebody has sent into the folder of the chat's group, under a name that leads nowhere else and that
 * no other message has. What it is, its bytes say. A folder that its agent has spoilt keeps no file; the message is told of.
 */
export function keepInbound(
  { groups, groupsDirectory, owner, log }: KeepInboundDeps,
  message: InboundMessage,
  file: { readonly name: string; readonly content: Buffer },
): Partial<Attachment> {
  const group = groups.find(message.chatJid);
  if (group === undefined) return { problem: 'its chat is not registered' };
  const name = safeFileName(`${message.id.replaceAll(/[^A-Za-z0-9]/g, '').slice(-20)}-${safeFileName(file.name)}`);
  const root = join(groupsDirectory, group.folder);
  try {
    makeHostileDirectory({ root, below: [FOLDER] }, owner);
    writeHostileFile({ root, below: [FOLDER, name], content: file.content });
  } catch (error) {
    log.warn('message.file-not-kept', { group: group.folder, error: describeError(error) });
    return { problem: 'it could not be kept' };
  }
  const { type } = fileKind(file.content);
  return { path: `${SANDBOX_PATHS.group}/${FOLDER}/${name}`, ...(type === 'image' ? { type } : {}) };
}
