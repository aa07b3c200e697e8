import { OUTPUT_END, OUTPUT_START, OutputBlock } from './output-block.ts';

/** What the reader found, in stream order. `log` is any line that is not part of an accepted block. */
export type Frame =
  | { kind: 'block'; block: OutputBlock }
  | { kind: 'log'; line: string }
  | { kind: 'rejected'; reason: 'line-too-long' | 'not-json' | 'wrong-shape' | 'no-end-marker' | 'wrong-nonce' };

export interface FrameReader {
  /** Feeds one chunk as it came from the pipe; chunks may end anywhere, also inside a character. */
  push(chunk: Buffer): Frame[];
  /** Call once at end of stream: an unfinished line is still a line, an unfinished block is rejected. */
  end(): Frame[];
}

interface ReaderOptions {
  /** Longest line kept, in bytes. The rest of a longer line is dropped, so memory stays bounded. */
  maxLineBytes: number;
  /** When set, blocks that do not carry it are rejected: text of the model can never look like a block. */
  nonce?: string;
}

const NEWLINE = 0x0a;

/** What is kept for the next line instead of being given back, in bytes. */
const KEPT_BYTES = 64 * 1024;

/** Where the reader stands: between blocks, after a start marker, or after the JSON line. */
type Phase = { at: 'outside' } | { at: 'body' } | { at: 'end'; body: string };

/**
 * Splits a byte stream into whole lines and those into blocks and log. Lines are decoded only when complete, so a
 * multi-byte character cut by a chunk boundary survives.
 */
export function createFrameReader(options: ReaderOptions): FrameReader {
  const line = createLineBuffer();
  let lineBytes = 0;
  let isOverlong = false;
  let phase: Phase = { at: 'outside' };

  function keep(part: Buffer): void {
    lineBytes += part.length;
    if (lineBytes > options.maxLineBytes) {
      isOverlong = true;
      line.clear();
    } else if (!isOverlong) {
      line.add(part);
    }
  }

  function finishLine(): Frame[] {
    const text = isOverlong ? undefined : line.text().replace(/\r$/, '');
    line.clear();
    lineBytes = 0;
    isOverlong = false;
    if (text === undefined) {
      phase = { at: 'outside' };
      return [{ kind: 'rejected', reason: 'line-too-long' }];
    }
    const step = readLine(phase, text, options.nonce);
    phase = step.phase;
    return step.frames;
  }

  return {
    push(chunk) {
      const frames: Frame[] = [];
      let start = 0;
      for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, start)) {
        keep(chunk.subarray(start, at));
        frames.push(...finishLine());
        start = at + 1;
      }
      if (start < chunk.length) keep(chunk.subarray(start));
      return frames;
    },
    end() {
      const frames = lineBytes > 0 ? finishLine() : [];
      if (phase.at !== 'outside') frames.push({ kind: 'rejected', reason: 'no-end-marker' });
      phase = { at: 'outside' };
      return frames;
    },
  };
}

/** Bytes of a line that is not complete, in one piece: a line that comes byte by byte takes no more than one that does not. */
function createLineBuffer() {
  let bytes = Buffer.alloc(0);
  let used = 0;
  return {
    add(part: Buffer): void {
      if (used + part.length > bytes.length) {
        const larger = Buffer.allocUnsafe(Math.max(2 * bytes.length, used + part.length));
        bytes.copy(larger, 0, 0, used);
        bytes = larger;
      }
      part.copy(bytes, used);
      used += part.length;
    },
    text: () => bytes.toString('utf8', 0, used),
    clear(): void {
      used = 0;
      if (bytes.length > KEPT_BYTES) bytes = Buffer.alloc(0);
    },
  };
}

/** Transitions: outside --start marker--> body --any line--> end --end marker--> outside; anything else rejects. */
function readLine(phase: Phase, line: string, nonce: string | undefined): { phase: Phase; frames: Frame[] } {
  if (line === OUTPUT_START) {
    const frames: Frame[] = phase.at === 'outside' ? [] : [{ kind: 'rejected', reason: 'no-end-marker' }];
    return { phase: { at: 'body' }, frames };
  }
  if (phase.at === 'body') return { phase: { at: 'end', body: line }, frames: [] };
  if (phase.at === 'outside') {
    return { phase, frames: line === '' ? [] : [{ kind: 'log', line }] };
  }
  if (line !== OUTPUT_END) {
    return {
      phase: { at: 'outside' },
      frames: [
        { kind: 'rejected', reason: 'no-end-marker' },
        { kind: 'log', line },
      ],
    };
  }
  return { phase: { at: 'outside' }, frames: [parseBody(phase.body, nonce)] };
}

function parseBody(body: string, nonce: string | undefined): Frame {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return { kind: 'rejected', reason: 'not-json' };
  }
  const parsed = OutputBlock.safeParse(json);
  if (!parsed.success) return { kind: 'rejected', reason: 'wrong-shape' };
  if (nonce !== undefined && parsed.data.nonce !== nonce) return { kind: 'rejected', reason: 'wrong-nonce' };
  return { kind: 'block', block: parsed.data };
}
