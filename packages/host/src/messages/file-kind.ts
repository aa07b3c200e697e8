import type { Attachment } from './message.ts';

/** What a file is by its first bytes, whatever its name says. */
export interface FileKind {
  readonly type: Attachment['type'];
  readonly mime: string;
}

/** How many bytes decide, at most. */
export const KIND_BYTES = 16;

const DOCUMENT = 'document' as const;

/** Beginnings of files, in hexadecimal, by which chat apps and pages treat them differently; the rest are documents. */
const KINDS: readonly (readonly [begins: RegExp, kind: FileKind])[] = [
  [/^89504e470d0a1a0a/, { type: 'image', mime: 'image/png' }],
  [/^ffd8ff/, { type: 'image', mime: 'image/jpeg' }],
  [/^474946383[79]61/, { type: 'image', mime: 'image/gif' }],
  [/^52494646.{8}57454250/, { type: 'image', mime: 'image/webp' }],
  [/^255044462d/, { type: DOCUMENT, mime: 'application/pdf' }],
  [/^504b0304/, { type: DOCUMENT, mime: 'application/zip' }],
  [/^4f676753/, { type: 'audio', mime: 'audio/ogg' }],
  [/^(494433|ff(fb|f3|f2))/, { type: 'audio', mime: 'audio/mpeg' }],
  [/^52494646.{8}57415645/, { type: 'audio', mime: 'audio/wav' }],
  [/^.{8}66747970/, { type: 'video', mime: 'video/mp4' }],
  [/^1a45dfa3/, { type: 'video', mime: 'video/webm' }],
];

export function fileKind(head: Buffer): FileKind {
  const bytes = head.toString('hex', 0, KIND_BYTES);
  const known = KINDS.find(([begins]) => begins.test(bytes));
  return known?.[1] ?? { type: DOCUMENT, mime: 'application/octet-stream' };
}

/** Longest name of a file, in bytes of UTF-8: what file systems take, with room for a number in front. */
const MAX_NAME_BYTES = 180;

/**
 * A name under which the file can lie in one directory on any system: the last part of a path, without control characters,
 * never hidden, never empty.
 */
export function safeFileName(given: string): string {
  const last = given.split(/[/\\]/).at(-1) ?? '';
  const plain = last
    .normalize('NFC')
    .replaceAll(/[\p{C}<>:"|?*\u2028\u2029]/gu, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replace(/^[.-]+/, '');
  return shorten(plain) || 'file';
}

/** Cuts the middle, so that the ending stays. */
function shorten(name: string): string {
  if (Buffer.byteLength(name) <= MAX_NAME_BYTES) return name;
  const ending = /\.[A-Za-z0-9]{1,10}$/.exec(name)?.[0] ?? '';
  let stem = name.slice(0, name.length - ending.length);
  while (Buffer.byteLength(stem + ending) > MAX_NAME_BYTES) stem = [...stem].slice(0, -1).join('');
  return stem + ending;
}
