import { join } from 'node:path';
import { type FileRequest, type ReactionRequest, type RequestAnswer, SANDBOX_PATHS } from '@nanoclaw/protocol';
import type { Channel } from '../channels/channel.ts';
import { describeError, NanoError } from '../kernel/errors.ts';
import { isMissing } from '../kernel/safe-files.ts';
import type { KeptFiles } from '../messages/kept-files.ts';
import { asChatJid, type ChatJid } from '../messages/message.ts';
import { visibleText } from '../messages/outbound-text.ts';
import { type ApplyMessageDeps, saidEnough, writableChat } from './apply-message-request.ts';
import type { RequestingRun } from './apply-request.ts';

export interface ApplyFileDeps extends ApplyMessageDeps {
  readonly keptFiles: KeptFiles;
  /** The host's directory of all group folders. */
  readonly groupsDirectory: string;
  readonly channelOf: (chatJid: ChatJid) => Channel | undefined;
}

/** Sends a file of the requester's own folder, as it is now, to a chat that the requester may write to. */
export function applyFileRequest(deps: ApplyFileDeps, requester: RequestingRun, request: FileRequest): RequestAnswer {
  const chatJid = writableChat(deps, request.chatJid);
  if (typeof chatJid !== 'string') return chatJid;
  const turnId = requester.turnAtHand();
  if (requester.voice.hasSaidEnough(turnId)) return saidEnough();
  const below = partsBelowGroup(request.path);
  if (below === undefined) return refuse(`only files below ${SANDBOX_PATHS.group} can be sent, not ${request.path}`);
  const kept = keep(deps, requester.folder, below);
  if ('ok' in kept) return kept;
  const caption = visibleText(request.caption ?? '');
  const text = `[${kept.type}: ${kept.name}]${caption === '' ? '' : ` ${caption}`}`;
  const payload = { kind: 'file', key: kept.key, caption } as const;
  const isNew = requester.voice.say({ chatJid, text, origin: 'tool', turnId, sender: request.sender, payload });
  if (!isNew) {
    deps.keptFiles.forget(kept);
    return { ok: true, note: 'this was sent already, before you were interrupted: it was not sent again' };
  }
  deps.onOutgoing(chatJid);
  return { ok: true, name: kept.name, bytes: kept.bytes };
}

function keep(deps: ApplyFileDeps, folder: string, below: readonly string[]) {
  try {
    return deps.keptFiles.keep(join(deps.groupsDirectory, folder), below, folder);
  } catch (error) {
    if (isMissing(error)) return refuse(`there is no file ${below.join('/')} in ${SANDBOX_PATHS.group}`);
    if (error instanceof NanoError && error.code === 'file-refused') return refuse(describeError(error));
    throw error;
  }
}

/** The parts of a path below the group's folder; undefined for what leads elsewhere. */
function partsBelowGroup(path: string): string[] | undefined {
  const root = `${SANDBOX_PATHS.group}/`;
  if (path.startsWith('/') && !path.startsWith(root)) return undefined;
  const parts = (path.startsWith(root) ? path.slice(root.length) : path)
    .split('/')
    .filter((part) => part !== '' && part !== '.');
  return parts.length === 0 || parts.includes('..') ? undefined : parts;
}

/** Reacts to a message of the requester's own chat. */
export function applyReactionRequest(
  deps: ApplyFileDeps,
  requester: RequestingRun,
  request: ReactionRequest,
): RequestAnswer {
  const chatJid = asChatJid(requester.jid);
  const message = chatJid && deps.messages.bySeq(chatJid, request.messageId);
  if (chatJid === undefined || message === undefined) return refuse(`this chat has no message ${request.messageId}`);
  if (deps.channelOf(chatJid)?.react === undefined) return refuse('this chat app shows no reactions');
  if (!isOneEmoji(request.emoji)) return refuse('a reaction is one emoji');
  const turnId = requester.turnAtHand();
  if (requester.voice.hasSaidEnough(turnId)) return saidEnough();
  const payload = { kind: 'reaction', messageId: message.id, emoji: request.emoji } as const;
  const text = `${request.emoji} to message ${request.messageId}`;
  if (requester.voice.say({ chatJid, text, origin: 'tool', turnId, payload })) deps.onOutgoing(chatJid);
  return { ok: true };
}

/** One character as people see it, and one that is a picture. */
function isOneEmoji(text: string): boolean {
  const characters = [...new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text)];
  return characters.length === 1 && /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20E3/u.test(text);
}

function refuse(error: string): { ok: false; error: string } {
  return { ok: false, error };
}
