import { Socket } from 'node:net';
import { type Readable, Transform, type Writable } from 'node:stream';
import type { EngineClient } from './engine-client.ts';

/** How the client's process ended; `failure` is set when the program could not be run at all. */
export interface ClientEnd {
  readonly code: number | null;
  readonly signal: string | null;
  readonly failure?: string;
}

/** One process of the engine's `run`. Its end is not the sandbox's end: the engine may still have the container. */
export interface ClientProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles once, never rejects. */
  readonly ended: Promise<ClientEnd>;
  hasOutput(): boolean;
  /** What stderr ended with. Complete once `stderrDrained` has settled. */
  errorTail(): string;
  /** Settles when all of stderr was seen; never if nobody reads a long one. */
  readonly stderrDrained: Promise<void>;
  kill(): void;
}

const KEPT_ERROR_BYTES = 4_096;

export function startClient(client: EngineClient, command: readonly string[]): ClientProcess {
  const child = client.spawn(command);
  const ended = new Promise<ClientEnd>((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, failure: error.message }));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  // Writing to a sandbox that has ended is no failure of its own: `exited` tells what happened.
  child.stdin.on('error', () => {});
  const tail = keepTail(child.stderr);
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: tail.stream,
    ended,
    hasOutput: () => child.stdout instanceof Socket && child.stdout.bytesRead > 0,
    errorTail: tail.text,
    stderrDrained: tail.drained,
    kill: () => void child.kill('SIGKILL'),
  };
}

/** Passes everything on to the caller and remembers the end of it. */
function keepTail(source: Readable): { stream: Readable; text: () => string; drained: Promise<void> } {
  let kept: Buffer = Buffer.alloc(0);
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      kept = Buffer.concat([kept, chunk]).subarray(-KEPT_ERROR_BYTES);
      done(null, chunk);
    },
  });
  const drained = new Promise<void>((resolve) => stream.once('finish', resolve));
  source.pipe(stream);
  return { stream, text: () => kept.toString('utf8'), drained };
}
