import type { IncomingMessage } from 'node:http';
import type { MessagesRequest } from './messages-request.ts';

/** How a request ended: `answered` whole, `broken` by a scripted fault, or `abandoned` by the client. */
export type Finished = 'pending' | 'answered' | 'broken' | 'abandoned';

/** One request as it arrived. */
export type RecordedRequest = {
  readonly method: string;
  /** Path without the query. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed JSON; undefined when there was none or it could not be parsed. */
  readonly body: unknown;
  /** The body as the helpers read it; undefined when it is not a messages request. */
  readonly request: MessagesRequest | undefined;
  /** Size of the body. */
  readonly bytes: number;
  readonly receivedAtMs: number;
  readonly finished: Finished;
};

export type OpenRecord = { -readonly [Key in keyof RecordedRequest]: RecordedRequest[Key] };

/** Beyond either limit the oldest requests are forgotten; the newest is always kept. */
export const maxKeptRequests = 1_000;
export const maxKeptBytes = 32 * 1024 * 1024;

export type RequestLog = {
  readonly requests: readonly RecordedRequest[];
  open(req: IncomingMessage, receivedAtMs: number): OpenRecord;
  /** Forgets what is over the limits: called when the size of a body is known. */
  trim(): void;
  clear(): void;
};

/** Keeps the newest requests. `requests` is one live array, oldest first. */
export function createRequestLog(): RequestLog {
  const requests: OpenRecord[] = [];

  function open(req: IncomingMessage, receivedAtMs: number): OpenRecord {
    const record: OpenRecord = {
      method: req.method ?? '',
      path: pathOf(req.url ?? '/'),
      headers: headersOf(req),
      body: undefined,
      request: undefined,
      bytes: 0,
      receivedAtMs,
      finished: 'pending',
    };
    requests.push(record);
    trim();
    return record;
  }

  function trim(): void {
    let bytes = requests.reduce((sum, record) => sum + record.bytes, 0);
    while (requests.length > 1 && (requests.length > maxKeptRequests || bytes > maxKeptBytes)) {
      bytes -= requests.shift()?.bytes ?? 0;
    }
  }

  return {
    requests,
    open,
    trim,
    clear: () => {
      requests.length = 0;
    },
  };
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? '/';
}

function headersOf(req: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(req.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  );
}
