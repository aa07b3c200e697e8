import { createHash, timingSafeEqual } from 'node:crypto';

/** What the rules look at; absent headers are undefined. */
interface AccessRequest {
  readonly method: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
}

/** Why a request is not served. */
interface AccessRefusal {
  readonly status: 401 | 403;
  readonly error: string;
}

/**
 * Decides by the names a request uses. A name that leads elsewhere to this port (DNS rebinding) has the wrong `Host`;
 * a page of another origin has the wrong `Origin`, which browsers send with everything that is not a plain GET.
 */
export function refuseForeign(request: AccessRequest, port: number): AccessRefusal | undefined {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (request.host === undefined || !hosts.includes(request.host)) {
    return { status: 403, error: `this server is only for http://${hosts[0]}: open it under that address` };
  }
  const mayLackOrigin = request.method === 'GET' || request.method === 'HEAD';
  if (request.origin === undefined && mayLackOrigin) return undefined;
  if (hosts.some((host) => request.origin === `http://${host}`)) return undefined;
  return { status: 403, error: 'requests of other pages are not served: use the page of this server' };
}

/** Decides by the token in the cookie, against the hashes of the tokens that were given out. */
export function refuseStranger(token: string | undefined, hashes: readonly string[]): AccessRefusal | undefined {
  if (token !== undefined && isKnownToken(token, hashes)) return undefined;
  return { status: 401, error: 'this browser is not logged in: run `npx nanoclaw web` and open the link it prints' };
}

/** What is kept of a token: its SHA-256 in hexadecimal. Tokens are random, so no salt is needed. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** Takes the same time wherever the token differs and whichever hash it matches. */
function isKnownToken(token: string, hashes: readonly string[]): boolean {
  const given = Buffer.from(hashToken(token), 'hex');
  let isKnown = false;
  for (const hash of hashes) isKnown = timingSafeEqual(given, Buffer.from(hash, 'hex')) || isKnown;
  return isKnown;
}
