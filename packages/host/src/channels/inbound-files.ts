import { describeError, NanoError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import type { InboundMessage } from '../messages/message.ts';
import type { Inbox } from './channel.ts';

/** Largest file that is fetched, in bytes. */
export const MAX_INBOUND_FILE_BYTES = 20 * 1024 * 1024;

/** Most files of one message that are fetched; the others are told of. */
const MAX_FILES = 20;

/** How long one file may take, in milliseconds; what was written after it in its chat waits for it. */
const MAX_FETCH_MS = 60_000;

/** A file of a message: its place among the attachments, and the way to its content. */
export interface FileToFetch {
  readonly index: number;
  readonly name: string;
  /** As the platform says; it may lie. */
  readonly bytes: number;
  /** Throws NanoError 'file-refused' with what its agent is told. */
  fetch(signal: AbortSignal): Promise<Buffer>;
}

/** The message with its files where its agent sees them, as far as they can be had in time; the others are told of. */
export async function withFiles(
  { inbox, log, signal }: { inbox: Inbox; log: Log; signal: AbortSignal },
  message: InboundMessage,
  files: readonly FileToFetch[],
): Promise<InboundMessage> {
  if (files.length === 0 || !inbox.wantsFiles(message)) return message;
  const attachments = [...(message.attachments ?? [])];
  const words: string[] = [];
  for (const [count, file] of files.entries()) {
    const attachment = attachments[file.index];
    if (attachment === undefined) continue;
    try {
      if (count >= MAX_FILES) throw new NanoError('file-refused', `only ${MAX_FILES} files of a message are fetched`);
      if (file.bytes > MAX_INBOUND_FILE_BYTES) throw tooLarge();
      const content = await file.fetch(AbortSignal.any([signal, AbortSignal.timeout(MAX_FETCH_MS)]));
      attachments[file.index] = { ...attachment, ...inbox.keepFile(message, { name: file.name, content }) };
      const said = attachment.type === 'voice' ? await inbox.transcribe(content) : undefined;
      if (said !== undefined) words.push(said);
    } catch (error) {
      const problem = error instanceof NanoError ? error.message : 'it could not be fetched';
      attachments[file.index] = { ...attachment, problem };
      log.warn('channel.file-not-fetched', { chat: message.chatJid, problem: describeError(error) });
    }
  }
  return { ...message, content: [message.content, ...words].join(' '), attachments };
}

/** The content of an answer, as long as it is not too large. */
export async function readFile(response: Response): Promise<Buffer> {
  if (!response.ok || response.body === null) {
    throw new NanoError('file-refused', `its server answered with status ${response.status}`);
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.length;
    if (bytes > MAX_INBOUND_FILE_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** What a file is by what its sender's app says of it, until its bytes have been seen. */
export function typeOfMime(mime: string | undefined): 'image' | 'video' | 'audio' | 'document' {
  const kind = /^(image|video|audio)\//.exec(mime ?? '')?.[1];
  return kind === 'image' || kind === 'video' || kind === 'audio' ? kind : 'document';
}

function tooLarge(): NanoError {
  return new NanoError('file-refused', `it is larger than the ${MAX_INBOUND_FILE_BYTES} bytes that are fetched`);
}
