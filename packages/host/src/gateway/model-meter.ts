import { Transform } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { z } from 'zod';

/** Told when a run asks the model service, and when the first of an answer comes. */
export interface ModelWatch {
  asked(runId: string): void;
  answering(runId: string): void;
}

/** Longest line of a stream, and longest whole document, that is read for its numbers, in characters. */
const MAX_READ_CHARS = 8 * 1024 * 1024;

/** Rough characters of a token, for answers that broke off before the service said how many it had made. */
const CHARS_PER_TOKEN = 3;

/** Bytes of a request that are rarely less than a token. */
const BYTES_PER_TOKEN = 3;

/** What one answer of the model service says that it has cost. */
export interface Metered {
  readonly model: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
}

const count = z.number().int().nonnegative().optional().catch(undefined);
const Usage = z
  .object({
    input_tokens: count,
    output_tokens: count,
    cache_read_input_tokens: count,
    cache_creation_input_tokens: count,
  })
  .optional()
  .catch(undefined);
const Message = z.object({ model: z.string().optional().catch(undefined), usage: Usage });
const Event = z.object({
  type: z.string(),
  message: Message.optional().catch(undefined),
  usage: Usage,
  delta: z.record(z.string(), z.unknown()).optional().catch(undefined),
});

/**
 * Passes an answer on as it comes and reads in passing what it says of tokens: a Messages API document, or a stream of its
 * events (`message_start`, `message_delta`). Holds at most one line or document of a bounded length.
 */
export function createModelMeter(contentType: string): { stream: Transform; read(): Metered | undefined } {
  const isStream = contentType.startsWith('text/event-stream');
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let deltaChars = 0;
  let found: Metered | undefined;
  let isFinal = false;

  function take(seen: z.infer<typeof Message>): void {
    const { usage } = seen;
    found = {
      model: seen.model ?? found?.model ?? '',
      inputTokens: usage?.input_tokens ?? found?.inputTokens ?? 0,
      outputTokens: usage?.output_tokens ?? found?.outputTokens ?? 0,
      cacheReadTokens: usage?.cache_read_input_tokens ?? found?.cacheReadTokens ?? 0,
      cacheWriteTokens: usage?.cache_creation_input_tokens ?? found?.cacheWriteTokens ?? 0,
    };
  }

  function event(line: string): void {
    if (!line.startsWith('data:')) return;
    const parsed = Event.safeParse(parseJson(line.slice('data:'.length)));
    if (!parsed.success) return;
    const { type, message, usage, delta } = parsed.data;
    if (message !== undefined) take(message);
    if (type === 'message_delta') {
      take({ usage });
      isFinal = true;
    }
    for (const [name, part] of Object.entries(delta ?? {})) {
      if (name !== 'type' && typeof part === 'string') deltaChars += part.length;
    }
  }

  function feed(text: string): void {
    rest = rest.length + text.length > MAX_READ_CHARS ? '' : rest + text;
    if (!isStream) return;
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(event);
  }

  return {
    stream: new Transform({
      transform(chunk: Buffer, _encoding, done) {
        feed(decoder.write(chunk));
        done(null, chunk);
      },
    }),
    read() {
      if (!isStream) {
        const parsed = Message.safeParse(parseJson(rest));
        if (parsed.success && parsed.data.usage) take(parsed.data);
      } else if (found !== undefined && !isFinal) {
        return { ...found, outputTokens: Math.max(found.outputTokens, Math.ceil(deltaChars / CHARS_PER_TOKEN)) };
      }
      return found;
    },
  };
}

/** What a request may have cost whose answer nobody waited for; its model is not known. */
export function estimateUnanswered(sentBytes: number): Metered {
  const inputTokens = Math.ceil(sentBytes / BYTES_PER_TOKEN);
  return { model: '', inputTokens, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not a document: it says nothing of tokens.
    return undefined;
  }
}
