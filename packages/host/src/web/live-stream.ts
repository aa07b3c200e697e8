import { readRunLog } from '../agents/run-log-files.ts';
import type { HostStatus } from '../flows/host-status.ts';
import type { Clock } from '../kernel/clock.ts';
import { NanoError } from '../kernel/errors.ts';

/** How often a stream looks for news, in milliseconds. */
export const LOOK_MS = 2_000;

/** A viewer hears of the state after this many looks even when nothing has changed: what it shows may be older. */
const TELL_EVERY_LOOKS = 5;

/** Most of a run's output that is shown when somebody begins to look, in bytes; later pieces are no larger. */
export const MAX_TAIL_BYTES = 64 * 1024;

/** Most pages that may look at the same time. */
export const MAX_LIVE_VIEWERS = 32;

export interface LiveStreamDeps {
  readonly pulse: () => HostStatus;
  /** Who looks now; the stream enters itself and leaves. */
  readonly viewers: Set<object>;
  /** The output that is followed. */
  readonly logFile?: string | undefined;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The state of the host as server-sent events `pulse`, and the output of one run as events `output`. Nothing is queued:
 * what is told is read when the viewer takes it. Throws 'host-refused' when too many look already.
 */
export function liveStream(deps: LiveStreamDeps): ReadableStream<Uint8Array> {
  const { clock, signal, viewers } = deps;
  if (viewers.size >= MAX_LIVE_VIEWERS) {
    throw new NanoError('host-refused', `${MAX_LIVE_VIEWERS} pages are open already: close one`);
  }
  const ended = new AbortController();
  viewers.add(ended);
  const end = (): void => {
    viewers.delete(ended);
    signal?.removeEventListener('abort', end);
    ended.abort();
  };
  signal?.addEventListener('abort', end);
  if (signal?.aborted) end();
  const news = createNews(deps);
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        while (!ended.signal.aborted) {
          const text = await news();
          if (text !== '') return controller.enqueue(encoder.encode(text));
          await clock.sleep(LOOK_MS, ended.signal);
        }
        controller.close();
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
}

/** Gives what has become new since it was asked last, or nothing. */
function createNews({ pulse, logFile }: LiveStreamDeps): () => Promise<string> {
  let told = '';
  let looks = 0;
  let offset: number | undefined;
  return async () => {
    let text = '';
    looks += 1;
    const state = JSON.stringify(pulse());
    if (state !== told || looks > TELL_EVERY_LOOKS) {
      told = state;
      looks = 0;
      text += `event: pulse\ndata: ${state}\n\n`;
    }
    if (logFile === undefined) return text;
    const piece = await readRunLog(logFile, offset, MAX_TAIL_BYTES);
    const isFirst = offset === undefined;
    offset = piece.to;
    if (isFirst || piece.text !== '') text += `event: output\ndata: ${JSON.stringify({ ...piece, isFirst })}\n\n`;
    return text;
  };
}
