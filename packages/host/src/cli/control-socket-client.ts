import { type IncomingMessage, request } from 'node:http';

/** A host that says nothing for this long is taken for hung; event streams have a heartbeat well below it. */
const SILENCE_LIMIT_MS = 60_000;

/** Largest answer that is taken, in bytes: far beyond a thousand ordinary messages. */
export const MAX_ANSWER_BYTES = 256 * 2 ** 20;

export interface ControlRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * How a request ended.
 * - `unreachable`: nobody listens at the socket, so the host has not seen the request.
 * - `broken`: the connection ended early; the host may or may not have done it.
 */
export type Exchange =
  | { kind: 'answered'; status: number; response: IncomingMessage }
  | { kind: 'unreachable'; cause: Error }
  | { kind: 'broken'; cause: Error };

/** Sends one HTTP request over a Unix socket; resolves with the head of the answer. Never rejects. */
export function exchange(socketPath: string, asked: ControlRequest, signal?: AbortSignal): Promise<Exchange> {
  const body = asked.body === undefined ? undefined : JSON.stringify(asked.body);
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  return new Promise((resolve) => {
    let isConnected = false;
    const call = request({
      socketPath,
      method: asked.method,
      path: asked.path,
      headers: { host: 'localhost', connection: 'close', ...type, ...asked.headers },
      timeout: SILENCE_LIMIT_MS,
      ...(signal ? { signal } : {}),
    });
    call.once('socket', (socket) => {
      socket.once('connect', () => {
        isConnected = true;
      });
    });
    call.on('timeout', () => call.destroy(new Error(`the host said nothing for ${SILENCE_LIMIT_MS / 1_000} seconds`)));
    call.on('error', (cause) => resolve({ kind: isConnected ? 'broken' : 'unreachable', cause }));
    call.on('response', (response) => resolve({ kind: 'answered', status: response.statusCode ?? 0, response }));
    call.end(body);
  });
}

/** The whole answer as text; undefined when the connection ended early or the answer is beyond the limit. */
export async function readText(response: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_ANSWER_BYTES) return undefined;
      chunks.push(chunk);
    }
  } catch {
    // The connection ended early: what was read is no answer.
    return undefined;
  }
  return Buffer.concat(chunks).toString('utf8');
}
