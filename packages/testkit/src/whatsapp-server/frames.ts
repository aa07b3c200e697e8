import { NOISE_WA_HEADER } from '@whiskeysockets/baileys';

/** Takes what comes over the socket apart: an intro once, then frames behind three bytes of length. */
export function createFrameReader() {
  let pending: Buffer = Buffer.alloc(0);
  let hasIntro = false;

  return {
    push(chunk: Buffer): Buffer[] {
      pending = Buffer.concat([pending, chunk]);
      if (!hasIntro) {
        if (pending.length < NOISE_WA_HEADER.length) return [];
        pending = pending.subarray(introLength(pending));
        hasIntro = true;
      }
      const frames: Buffer[] = [];
      while (pending.length >= 3 && pending.length >= 3 + pending.readUIntBE(0, 3)) {
        const end = 3 + pending.readUIntBE(0, 3);
        frames.push(pending.subarray(3, end));
        pending = pending.subarray(end);
      }
      return frames;
    },
  };
}

export function frame(content: Uint8Array): Buffer {
  const length = Buffer.alloc(3);
  length.writeUIntBE(content.length, 0, 3);
  return Buffer.concat([length, content]);
}

/** A client that has been told a nearer server says so before its intro. */
function introLength(bytes: Buffer): number {
  const isRouted = bytes.subarray(0, 2).toString() === 'ED';
  return NOISE_WA_HEADER.length + (isRouted ? 7 + bytes.readUIntBE(4, 3) : 0);
}
