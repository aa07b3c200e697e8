import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, lchownSync, mkdirSync, readlinkSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { hostileTree } from './hostile-tree.ts';
import { openNoFollow, pathOfDescriptor } from './safe-files.ts';

/** A regular file that was copied. */
export interface CopiedFile {
  /** Below the root of the tree, with slashes. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** A symbolic link as it stood there; it was not followed. */
export interface FoundLink {
  readonly path: string;
  readonly target: string;
}

/** Bytes that are read at once. */
const CHUNK_BYTES = 1024 * 1024;

/**
 * Copies a tree that a sandbox can write into a new directory: files and directories with their modes and, as root, their
 * owners. Links are told and not made, sockets and pipes left out. What vanishes or changes its kind meanwhile is passed
 * over. Gives each file with the hash of the very bytes that were copied.
 */
export async function copyTree(
  from: string,
  to: string,
  signal?: AbortSignal,
): Promise<{ files: CopiedFile[]; links: FoundLink[] }> {
  const files: CopiedFile[] = [];
  const links: FoundLink[] = [];
  mkdirSync(to, { recursive: true, mode: 0o700 });
  for (const { below, path, stat } of hostileTree(from)) {
    signal?.throwIfAborted();
    const target = join(to, ...below);
    if (stat.isDirectory()) mkdirSync(target, { mode: stat.mode & 0o777 });
    else if (stat.isSymbolicLink()) links.push({ path: below.join('/'), target: readlinkSync(path) });
    else if (stat.isFile()) {
      const facts = await copyFile(path, target, stat.mode & 0o777);
      if (facts === undefined) continue;
      files.push({ path: below.join('/'), ...facts });
    }
    const isCopied = stat.isDirectory() || stat.isFile();
    if (isCopied && process.getuid?.() === 0) lchownSync(target, stat.uid, stat.gid);
  }
  return { files, links };
}

/** Undefined for what is no regular file any more. */
async function copyFile(from: string, to: string, mode: number): Promise<Omit<CopiedFile, 'path'> | undefined> {
  let source: number;
  try {
    source = openNoFollow(from, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  try {
    if (!fstatSync(source).isFile()) return undefined;
    // Opened again by its descriptor, because only a handle reads without holding up everybody else.
    const reader = await open(pathOfDescriptor(source, from), 'r');
    try {
      return await copyBytes(reader, to, mode);
    } finally {
      await reader.close();
    }
  } finally {
    closeSync(source);
  }
}

async function copyBytes(reader: Awaited<ReturnType<typeof open>>, to: string, mode: number) {
  const hash = createHash('sha256');
  const writer = await open(to, 'wx', mode);
  const buffer = Buffer.alloc(CHUNK_BYTES);
  let bytes = 0;
  try {
    for (;;) {
      const { bytesRead } = await reader.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) break;
      const chunk = buffer.subarray(0, bytesRead);
      hash.update(chunk);
      await writer.writeFile(chunk);
      bytes += bytesRead;
    }
    await writer.chmod(mode);
  } finally {
    await writer.close();
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** The hash and size of a file that nobody else writes. */
export async function hashFile(file: string): Promise<Omit<CopiedFile, 'path'>> {
  const hash = createHash('sha256');
  const reader = await open(file, 'r');
  let bytes = 0;
  try {
    for await (const chunk of reader.createReadStream({ highWaterMark: CHUNK_BYTES, autoClose: false })) {
      hash.update(chunk as Buffer);
      bytes += (chunk as Buffer).length;
    }
  } finally {
    await reader.close();
  }
  return { bytes, sha256: hash.digest('hex') };
}
