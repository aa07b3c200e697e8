import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { NanoError } from '../../kernel/errors.ts';
import type { MediaFile } from './content.ts';
import type { WhatsAppLibrary } from './library.ts';

/** Largest file that is fetched, in bytes. */
export const MAX_WHATSAPP_FILE_BYTES = 50 * 1024 * 1024;

/** WhatsApp's own store of files. */
export const MEDIA_ROOT = 'https://mmg.whatsapp.net';

/**
 * Fetches a file and opens it. The address in a message is the sender's word and is not gone to: files lie at one place.
 * Throws NanoError 'file-refused' for one that is too large or not what its message says.
 */
export async function fetchMedia(
  { downloadContentFromMessage }: WhatsAppLibrary,
  file: MediaFile,
  { root, signal }: { root: string; signal: AbortSignal },
): Promise<Buffer> {
  if (file.bytes > MAX_WHATSAPP_FILE_BYTES) throw tooLarge();
  const url = new URL(`${root}${file.directPath}`);
  if (url.origin !== new URL(root).origin)
    throw new NanoError('file-refused', 'it lies where no files of messages lie');
  const stream: Readable = await downloadContentFromMessage({ url: url.href, mediaKey: file.mediaKey }, file.kind);
  const stop = (): void => void stream.destroy(new Error('it took too long'));
  signal.addEventListener('abort', stop, { once: true });
  try {
    const content = await readAtMost(stream, MAX_WHATSAPP_FILE_BYTES);
    if (!isWhole(content, file.sha256)) throw new NanoError('file-refused', 'it is not what its message says');
    return content;
  } finally {
    signal.removeEventListener('abort', stop);
    stream.destroy();
  }
}

/** The library does not compare it. */
function isWhole(content: Buffer, sha256: Uint8Array | undefined): boolean {
  return sha256 !== undefined && createHash('sha256').update(content).digest().equals(sha256);
}

async function readAtMost(stream: Readable, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(): NanoError {
  return new NanoError('file-refused', `it is larger than ${MAX_WHATSAPP_FILE_BYTES} bytes`);
}

/** Where files lie beside a server that is not WhatsApp's own. */
export function mediaRootOf(webSocketUrl: string | undefined): string {
  if (webSocketUrl === undefined) return MEDIA_ROOT;
  const { protocol, host } = new URL(webSocketUrl);
  return `${protocol === 'wss:' ? 'https' : 'http'}://${host}`;
}
