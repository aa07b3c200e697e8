import { closeSync, fstatSync, mkdirSync, openSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from './log.ts';
import { formatArchive, readTranscript, titleOf } from './transcript.ts';

/** Most of a transcript that is read, in bytes: the end of it. */
export const MAX_TRANSCRIPT_BYTES = 64 * 1024 * 1024;

/** Longest part of a file name that comes from the title, in characters (v1). */
const MAX_SLUG_CHARS = 50;

/** Most archives of one day with the same title. */
const MAX_SAME_NAME = 1_000;

export interface ArchiveOptions {
  /** Where archives lie; it is made. */
  directory: string;
  transcript: string;
  assistantName: string;
  now: Date;
  log: Log;
}

/**
 * Writes what was said since the last summary as `<date>-<title>.md`, so that it can still be read when the session
 * remembers it in short only. An archive that is there is never written over. Never throws: a conversation that cannot be
 * archived goes on.
 */
export function archiveConversation({ directory, transcript, assistantName, now, log }: ArchiveOptions): void {
  try {
    const messages = readTranscript(readEnd(transcript));
    if (messages.length === 0) return;
    const at = now.toISOString();
    const title = titleOf(messages);
    const name = slug(title ?? '') || `conversation-${at.slice(11, 13)}${at.slice(14, 16)}`;
    const text = formatArchive(messages, { title: title ?? 'Conversation', assistantName, at });
    mkdirSync(directory, { recursive: true });
    log(`archived ${messages.length} messages as ${write(directory, `${at.slice(0, 10)}-${name}`, text)}`);
  } catch (error) {
    log(`the conversation could not be archived: ${String(error)}`);
  }
}

function readEnd(path: string): string {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const buffer = Buffer.alloc(Math.min(size, MAX_TRANSCRIPT_BYTES));
    const length = readSync(file, buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString('utf8', 0, length);
  } finally {
    closeSync(file);
  }
}

function write(directory: string, base: string, text: string): string {
  for (let count = 1; count <= MAX_SAME_NAME; count++) {
    const name = `${base}${count === 1 ? '' : `-${count}`}.md`;
    try {
      writeFileSync(join(directory, name), text, { flag: 'wx' });
      return name;
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'EEXIST') throw error;
    }
  }
  throw new Error(`there are ${MAX_SAME_NAME} archives named ${base}`);
}

/** Letters and digits of any script, joined by hyphens. */
function slug(title: string): string {
  const words = title.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return [...words.join('-')].slice(0, MAX_SLUG_CHARS).join('').replace(/-$/, '');
}
