import type { IncomingMessage } from 'node:http';

export type ReadBody = { ok: true; text: string; bytes: number } | { ok: false; bytes: number };

/** Reads a request's body as text. `ok: false` as soon as it is known to be longer than `maxBytes`. */
export async function readBody(req: IncomingMessage, maxBytes: number): Promise<ReadBody> {
  const announced = Number(req.headers['content-length'] ?? 0);
  if (announced > maxBytes) return { ok: false, bytes: announced };
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Leaving the loop early must not destroy the request: the refusal still has to go out on its socket.
  for await (const chunk of req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) return { ok: false, bytes };
    chunks.push(chunk);
  }
  return { ok: true, text: Buffer.concat(chunks).toString('utf8'), bytes };
}
