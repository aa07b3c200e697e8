import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { ModelCredential } from '../config/config.ts';

/** Where model requests go: the owner's service, or the practice model on its socket. */
export type ModelUpstream = { kind: 'url'; base: URL } | { kind: 'socket'; path: string };

/** Headers that belong to one connection, not to the request (RFC 9110, 7.6.1). */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Headers in which clients carry credentials; the sandbox's placeholders never leave. */
const CREDENTIALS = new Set(['x-api-key', 'authorization', 'cookie']);

const ROUTES: readonly { method: string; path: RegExp }[] = [
  { method: 'POST', path: /^\/v1\/messages(\/count_tokens)?$/ },
  { method: 'GET', path: /^\/v1\/models(\/[A-Za-z0-9][A-Za-z0-9._-]*)?$/ },
  // How the client looks whether the service is there.
  { method: 'HEAD', path: /^\/$/ },
];

/**
 * Only the Messages API and the model list. The target is compared as it came, so that nothing that a URL parser would
 * change (dot segments, escapes, a host in front) can pass.
 */
export function isAllowedTarget(method: string, target: string): boolean {
  if (!/^[\x21-\x7e]+$/.test(target)) return false;
  const [path = ''] = target.split('?', 1);
  return ROUTES.some((route) => route.method === method && route.path.test(path));
}

/** Whether the service takes money for it: counting tokens and listing models are free. */
export function isPaidFor(target: string): boolean {
  return /^\/v1\/messages(\?|$)/.test(target);
}

/**
 * Request headers for upstream: the client's without connection and credential ones, plus the real credential. The answer
 * is asked for uncompressed, because the gateway reads what it says of tokens.
 */
export function upstreamHeaders(headers: IncomingHttpHeaders, credential: ModelCredential): OutgoingHttpHeaders {
  const kept = Object.entries(endToEnd(headers)).filter(
    ([name]) => !CREDENTIALS.has(name) && name !== 'host' && name !== 'expect',
  );
  const placeholder = headers.authorization === undefined ? 'x-api-key' : 'authorization';
  return { ...Object.fromEntries(kept), 'accept-encoding': 'identity', ...credentialHeader(credential, placeholder) };
}

/** Without the headers of one connection, those included that the connection header names itself. */
export function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name) && !named.includes(name)));
}

function credentialHeader(credential: ModelCredential, placeholder: string): OutgoingHttpHeaders {
  switch (credential.scheme) {
    case 'none':
      return {};
    case 'onecli':
      // The proxy sees which header it has to fill.
      return { [placeholder]: placeholder === 'authorization' ? 'Bearer onecli' : 'onecli' };
    case 'api-key':
      return { 'x-api-key': credential.secret };
    case 'oauth':
    case 'auth-token':
      return { authorization: `Bearer ${credential.secret}` };
  }
}

/** A number that is no status of an answer cannot be passed on: the attempt would throw. */
export function isFinalStatus(status: number): boolean {
  return status >= 200 && status <= 599;
}

/** Response headers for the sandbox. */
export function downstreamHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(endToEnd(headers)).filter(([name]) => name !== 'set-cookie'));
}
