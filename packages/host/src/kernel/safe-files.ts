import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  opendirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { NanoError } from './errors.ts';
import { newId } from './ids.ts';

/*
 * Host code touches directories that a sandbox can write only through this file. A sandbox may replace any name
 * below the root by a link, a pipe or something huge, at any moment. So every component is opened by descriptor
 * without following links, and names are resolved relative to the descriptor of their directory, never again by path.
 */

/** A place below a directory that only the host can replace. */
export interface HostilePath {
  /** Absolute path of a directory whose own name no sandbox can change. */
  root: string;
  /** Components below the root; each is one file name. */
  below: readonly string[];
}

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_DIRECTORY } = constants;
const HAS_PROC_FD = process.platform === 'linux';

/** Most names looked at in one directory, whatever is asked for: a sandbox may have made millions. */
const MAX_NAMES_READ = 10_000;

/**
 * Bytes of a regular file of at most `maxBytes` with one name. Throws NanoError 'file-refused' for what the sandbox
 * did; errors of the machine (ENOENT, EMFILE, EIO) come as they are.
 */
export function readHostileFile(place: HostilePath & { maxBytes: number }): Buffer {
  return withRegularFile(place, (descriptor, size) => readWhole(descriptor, size, place));
}

/**
 * Copies a regular file of at most `maxBytes` with one name to `target`, which must not exist and lies where no sandbox can
 * write. In pieces, so that memory does not grow with it. Throws like readHostileFile; a part of a copy may be left then.
 */
export function copyHostileFile(place: HostilePath & { maxBytes: number; target: string }): {
  bytes: number;
  head: Buffer;
} {
  return withRegularFile(place, (source) => {
    const target = openSync(place.target, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      return copyAll(source, target, place);
    } finally {
      closeSync(target);
    }
  });
}

function withRegularFile<T>(
  place: HostilePath & { maxBytes: number },
  use: (descriptor: number, size: number) => T,
): T {
  const name = place.below.at(-1) ?? '';
  return withDirectory({ root: place.root, below: place.below.slice(0, -1) }, (directory) => {
    const descriptor = openNoFollow(join(directory, plainName(name)), O_RDONLY | O_NONBLOCK);
    try {
      const stat = fstatSync(descriptor);
      if (!stat.isFile()) throw refused(place, 'it is not a regular file');
      if (stat.nlink > 1) throw refused(place, 'it has more than one name');
      if (stat.size > place.maxBytes) throw refused(place, `it is larger than ${place.maxBytes} bytes`);
      return use(descriptor, stat.size);
    } finally {
      closeSync(descriptor);
    }
  });
}

/** How much is copied at once, in bytes. */
const PIECE_BYTES = 1024 * 1024;

function copyAll(source: number, target: number, place: HostilePath & { maxBytes: number }) {
  const piece = Buffer.alloc(PIECE_BYTES);
  let head = Buffer.alloc(0);
  let bytes = 0;
  for (;;) {
    const count = readSync(source, piece, 0, piece.length, null);
    if (count === 0) return { bytes, head };
    if (bytes === 0) head = Buffer.from(piece.subarray(0, Math.min(count, 4_096)));
    bytes += count;
    if (bytes > place.maxBytes) throw refused(place, 'it grew while it was read');
    writeFileSync(target, piece.subarray(0, count));
  }
}

/**
 * Names that pass `isWanted`, sorted, at most `maxEntries` of them. Directories are left out: nothing here could take
 * or remove one. Throws 'file-refused' for what is not a directory.
 */
export function listHostileDirectory(
  place: HostilePath & { maxEntries: number; isWanted: (name: string) => boolean },
): string[] {
  return withDirectory(place, (path) => {
    const names: string[] = [];
    const directory = opendirSync(path);
    try {
      for (let count = 0; count < MAX_NAMES_READ; count++) {
        const entry = directory.readSync();
        if (entry === null) break;
        if (!entry.isDirectory() && place.isWanted(entry.name)) names.push(entry.name);
      }
    } finally {
      directory.closeSync();
    }
    return names.sort().slice(0, place.maxEntries);
  });
}

/** Writes a whole file by temporary name and rename inside the opened directory; readers never see half of it. */
export function writeHostileFile(place: HostilePath & { content: string | Buffer; mode?: number }): void {
  const name = plainName(place.below.at(-1) ?? '');
  withDirectory({ root: place.root, below: place.below.slice(0, -1) }, (directory) => {
    const temporary = join(directory, `.${newId('tmp')}`);
    const descriptor = openSync(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      try {
        writeFileSync(descriptor, place.content);
        // The sandbox runs as another user than a root host; what is written here is meant for it to read.
        fchmodSync(descriptor, place.mode ?? 0o644);
      } finally {
        closeSync(descriptor);
      }
      renameSync(temporary, join(directory, name));
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  });
}

/** Makes sure that a directory is there; one that is made belongs to `owner`. Throws 'file-refused' for anything else there. */
export function makeHostileDirectory(place: HostilePath, owner: { uid: number; gid: number }): void {
  const name = plainName(place.below.at(-1) ?? '');
  withDirectory({ root: place.root, below: place.below.slice(0, -1) }, (parent) => {
    try {
      mkdirSync(join(parent, name), { mode: 0o755 });
    } catch (error) {
      if (!isOneOf(error, ['EEXIST'])) throw error;
      return;
    }
    if (process.getuid?.() === 0) lchownSync(join(parent, name), owner.uid, owner.gid);
  });
}

/** Removes one name; a link is removed, not followed. A missing name is fine. */
export function removeHostileFile(place: HostilePath): void {
  const name = plainName(place.below.at(-1) ?? '');
  withDirectory({ root: place.root, below: place.below.slice(0, -1) }, (directory) => {
    try {
      unlinkSync(join(directory, name));
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  });
}

/** True for the error of a file that is not there. */
export function isMissing(error: unknown): boolean {
  return isOneOf(error, ['ENOENT']);
}

/**
 * Opens the directory component by component and gives its descriptor's path to `use`. Where there is no /proc the
 * components are checked by name instead, which leaves a moment between check and use.
 */
function withDirectory<T>(place: HostilePath, use: (directory: string) => T): T {
  let descriptor = openSync(place.root, O_RDONLY | O_DIRECTORY);
  let path = pathOfDescriptor(descriptor, place.root);
  try {
    for (const component of place.below) {
      const next = openNoFollow(join(path, plainName(component)), O_RDONLY | O_DIRECTORY);
      closeSync(descriptor);
      descriptor = next;
      path = pathOfDescriptor(descriptor, join(path, component));
    }
    return use(path);
  } finally {
    closeSync(descriptor);
  }
}

/** A path that leads to what was opened, whatever happens to its names; where there is no /proc, the name itself. */
export function pathOfDescriptor(descriptor: number, name: string): string {
  return HAS_PROC_FD ? `/proc/self/fd/${descriptor}` : name;
}

/** Opens without following a link in the last component. Throws 'file-refused' for a link and for the wrong kind. */
export function openNoFollow(path: string, flags: number): number {
  if (!HAS_PROC_FD && lstatSync(path).isSymbolicLink()) throw refused({ root: path, below: [] }, 'it is a link');
  try {
    return openSync(path, flags | O_NOFOLLOW);
  } catch (error) {
    if (!isOneOf(error, WRONG_KIND)) throw error;
    throw new NanoError(
      'file-refused',
      'a sandbox-writable file was refused: it is a link, closed, or of the wrong kind',
      {
        cause: error,
      },
    );
  }
}

/** What open(2) says about a link, a file where a directory should be, a socket, and what its owner has closed. */
const WRONG_KIND = ['ELOOP', 'ENOTDIR', 'EMLINK', 'ENXIO', 'EACCES'];

function isOneOf(error: unknown, codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

function plainName(name: string): string {
  if (name === '' || name === '.' || name === '..' || name.includes('/') || name.includes('\0')) {
    throw new NanoError('file-refused', `${JSON.stringify(name)} is not a file name`);
  }
  return name;
}

function readWhole(descriptor: number, size: number, place: HostilePath): Buffer {
  // One byte more than there was: the sandbox may write to the file while it is read.
  const buffer = Buffer.alloc(size + 1);
  let length = 0;
  for (;;) {
    const count = readSync(descriptor, buffer, length, buffer.length - length, null);
    length += count;
    if (length > size) throw refused(place, 'it grew while it was read');
    if (count === 0) return buffer.subarray(0, length);
  }
}

function refused(place: HostilePath, why: string): NanoError {
  return new NanoError('file-refused', `sandbox-writable file ${place.below.join('/')} was refused: ${why}`);
}
