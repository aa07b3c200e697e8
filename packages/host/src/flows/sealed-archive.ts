import { closeSync, createReadStream, createWriteStream, lstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { NanoError } from '../kernel/errors.ts';

/** How a file begins that is sealed with a passphrase or a key (age, C2SP/age: "The file header"). */
const SEALED_START = 'age-encryption.org/v1';

/** Shorter passphrases are tried out too quickly. */
export const MIN_PASSPHRASE_CHARS = 12;

const MAX_PASSPHRASE_BYTES = 1_024;

/** Whether a file has to be opened with a passphrase before it can be read. */
export function isSealed(file: string): boolean {
  const descriptor = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(SEALED_START.length);
    readSync(descriptor, buffer, 0, buffer.length, 0);
    return buffer.toString('latin1') === SEALED_START;
  } finally {
    closeSync(descriptor);
  }
}

/**
 * The first line of the file that holds a passphrase. It is named and not given, because what stands on a command line is
 * seen by others and kept by shells. Throws 'usage'.
 */
export function readPassphrase(file: string): string {
  const refuse = (why: string): NanoError => new NanoError('usage', `the passphrase in ${file} cannot be used: ${why}`);
  const stat = lstatSync(file, { throwIfNoEntry: false });
  if (!stat?.isFile()) throw refuse('there is no such file');
  if (stat.size > MAX_PASSPHRASE_BYTES) throw refuse(`the file is larger than ${MAX_PASSPHRASE_BYTES} bytes`);
  if ((stat.mode & 0o077) !== 0) throw refuse('others may read the file: run chmod 600 on it');
  const [passphrase = ''] = readFileSync(file, 'utf8').split(/\r?\n/, 1);
  if (passphrase.length < MIN_PASSPHRASE_CHARS) throw refuse(`it is shorter than ${MIN_PASSPHRASE_CHARS} characters`);
  return passphrase;
}

/** Seals a file into another, which other programs open with `age --decrypt`. Streams; rejects when a disk does not do it. */
export async function sealFile(from: string, to: string, passphrase: string): Promise<void> {
  const { Encrypter } = await import('age-encryption');
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase);
  await write(to, await encrypter.encrypt(webStream(from)));
}

/** Opens a sealed file into another. Throws 'restore-failed' for another passphrase, and for a file that was changed. */
export async function openSealed(from: string, to: string, passphrase: string): Promise<void> {
  const { Decrypter } = await import('age-encryption');
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  try {
    await write(to, await decrypter.decrypt(webStream(from)));
  } catch (cause) {
    const why = 'the passphrase is another one, or the file was changed';
    throw new NanoError('restore-failed', `${from} cannot be opened, and nothing has changed: ${why}`, { cause });
  }
}

type Bytes = globalThis.ReadableStream<Uint8Array>;

function webStream(file: string): Bytes {
  return Readable.toWeb(createReadStream(file)) as unknown as Bytes;
}

async function write(file: string, stream: Bytes): Promise<void> {
  await pipeline(
    Readable.fromWeb(stream as unknown as ReadableStream<Uint8Array>),
    createWriteStream(file, { mode: 0o600 }),
  );
}
