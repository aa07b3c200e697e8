import { formatFrame, type OutputBlock } from '@nanoclaw/protocol';

/** The runner's only way to speak to the host. */
export interface Output {
  /** Writes one block. A `partial` block is dropped while the host is behind in reading. */
  emit(block: OutputBlock): void;
  /** Resolves when everything written has left the process, or can no longer leave it. */
  flush(): Promise<void>;
  /** Aborted when the host has closed its end: nobody is left to answer. */
  broken: AbortSignal;
}

/** What is needed of a stream. `write` returns false when the reader is behind, until `drain`. */
export interface Sink {
  write(text: string, written?: () => void): boolean;
  on(event: 'drain' | 'error', listener: () => void): unknown;
}

/** Blocks carry `nonce`, without which the host takes them for log. */
export function createOutput(sink: Sink, nonce: string | undefined): Output {
  const broken = new AbortController();
  let isBehind = false;
  sink.on('drain', () => {
    isBehind = false;
  });
  sink.on('error', () => broken.abort());

  return {
    broken: broken.signal,
    emit(block) {
      if (broken.signal.aborted || (isBehind && block.partial !== undefined)) return;
      isBehind = !sink.write(formatFrame(nonce === undefined ? block : { ...block, nonce }));
    },
    flush() {
      return new Promise((resolve) => {
        if (broken.signal.aborted) resolve();
        broken.signal.addEventListener('abort', () => resolve(), { once: true });
        sink.write('', resolve);
      });
    },
  };
}
