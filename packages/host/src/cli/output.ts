import type { CliDeps } from './cli-deps.ts';
import { neutralise } from './terminal-text.ts';

/** Where commands write: results on stdout, words for people on stderr. Texts are made harmless for terminals only. */
export interface Output {
  /** A result: whole lines on stdout. */
  print(text: string): void;
  /** The one JSON document of a command with `--json`. */
  json(value: unknown): void;
  /** Whole lines on stderr. */
  note(text: string): void;
  /** Aborts when nobody reads stdout any more. */
  readonly closed: AbortSignal;
  /** Resolves when everything is written, and lets go of the streams. */
  end(): Promise<void>;
}

export function createOutput(streams: Pick<CliDeps, 'stdout' | 'stderr'>): Output {
  const { stdout, stderr } = streams;
  const closed = new AbortController();
  // The reader of a pipe may leave whenever it has seen enough, as `head` does: that is no failure.
  const onStdoutError = (): void => closed.abort();
  const onStderrError = (): void => {};
  stdout.on('error', onStdoutError);
  stderr.on('error', onStderrError);

  return {
    closed: closed.signal,
    print(text) {
      if (!closed.signal.aborted) stdout.write(`${forStream(stdout, text)}\n`);
    },
    json(value) {
      const isWide = stdout.isTTY;
      this.print(JSON.stringify(value, null, isWide ? 2 : undefined));
    },
    note(text) {
      stderr.write(`${forStream(stderr, text)}\n`);
    },
    async end() {
      await Promise.all([flushed(stdout), flushed(stderr)]);
      stdout.off('error', onStdoutError);
      stderr.off('error', onStderrError);
    },
  };
}

/** What is meant for a terminal is made harmless; a file or another program gets the text as it is. */
function forStream(stream: NodeJS.WriteStream, text: string): string {
  return stream.isTTY ? neutralise(text) : text;
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => resolve());
  });
}
