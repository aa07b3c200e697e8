import { Transform } from 'node:stream';

const STAR = 0x2a;

/**
 * Passes bytes on with every occurrence of `secret` struck out, also one that is cut into pieces. A service that says
 * back what it was sent would otherwise tell the sandbox the credential. The length of what passes stays as it is.
 */
export function maskSecret(secret: string): Transform {
  const needle = Buffer.from(secret, 'latin1');
  const overlap = needle.length - 1;
  let held: Buffer = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const bytes = Buffer.concat([held, chunk]);
      for (let at = bytes.indexOf(needle); at !== -1; at = bytes.indexOf(needle, at + needle.length)) {
        bytes.fill(STAR, at, at + needle.length);
      }
      // Held back is only what could be the beginning of the secret, so that a stream flows as it comes.
      const kept = beginningAtEnd(bytes, needle, overlap);
      held = bytes.subarray(bytes.length - kept);
      done(null, bytes.subarray(0, bytes.length - kept));
    },
    flush(done) {
      done(null, held);
    },
  });
}

/** How many of the last bytes are the beginning of the needle. */
function beginningAtEnd(bytes: Buffer, needle: Buffer, most: number): number {
  for (let length = Math.min(most, bytes.length); length > 0; length--) {
    if (bytes.subarray(bytes.length - length).equals(needle.subarray(0, length))) return length;
  }
  return 0;
}
