import { type ClientRequest, request as httpRequest, type OutgoingHttpHeaders, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { createSecureContext, rootCertificates, type SecureContext, connect as secure } from 'node:tls';
import { DialError } from './dial-error.ts';
import type { Target } from './egress-target.ts';

/** How long the proxy may take to make a connection, in milliseconds. */
const PROXY_TIMEOUT_MS = 15_000;

/** A proxy of the owner's through which a run goes out, and which puts in credentials itself. */
export interface UpstreamProxy {
  /** Without user and password. */
  readonly url: URL;
  /** Value of `proxy-authorization`: it says which agent asks, and is as secret as a key. */
  readonly authorization: string | undefined;
  /** Trusts the authority that signs what the proxy shows in the place of hosts; made once, for it holds some 150 others. */
  readonly trust: SecureContext;
}

/**
 * Reads a proxy's address as programs find it in `HTTPS_PROXY`; undefined for what is none. `certificate` is the authority's, in
 * PEM; throws when it cannot be read.
 */
export function parseProxy(text: string, certificate: string): UpstreamProxy | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) return undefined;
  const { username, password } = url;
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const authorization = user === ':' ? undefined : `Basic ${Buffer.from(user).toString('base64')}`;
  const trust = createSecureContext({ ca: [...rootCertificates, certificate] });
  return { url: new URL(`${url.protocol}//${url.host}/`), authorization, trust };
}

/** A tunnel to a host by the proxy (RFC 9110, 9.3.6). Rejects with a DialError; its words hold nothing secret. */
export function dialThrough(proxy: UpstreamProxy, { host, port }: Target): Promise<Socket> {
  const path = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const headers = { host: path, ...(proxy.authorization && { 'proxy-authorization': proxy.authorization }) };
  const send = proxy.url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const asked = send(proxy.url, { method: 'CONNECT', path, headers, agent: false, timeout: PROXY_TIMEOUT_MS });
    const fail = (kind: DialError['kind'], why: string): void => {
      asked.destroy();
      reject(new DialError(kind, why));
    };
    asked.once('connect', ({ statusCode = 0 }, socket: Socket) => {
      if (statusCode === 200) {
        socket.setTimeout(0);
        return resolve(socket);
      }
      socket.destroy();
      if (statusCode === 407) return fail('unreachable', 'OneCLI does not know this agent any more');
      if (statusCode < 500) return fail('forbidden', `OneCLI refuses ${host} (${statusCode})`);
      fail('unreachable', `OneCLI cannot reach ${host} (${statusCode})`);
    });
    asked.once('timeout', () => fail('unreachable', 'OneCLI does not answer'));
    asked.once('error', () => fail('unreachable', 'OneCLI cannot be reached'));
    asked.end();
  });
}

/** Begins a request to `url` by the proxy; for `https:` with TLS, which the proxy opens and makes anew. */
export function requestThrough(proxy: UpstreamProxy, url: URL, options: RequestOptions): ClientRequest {
  const isSecure = url.protocol === 'https:';
  const target = { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || (isSecure ? 443 : 80)) };
  return httpRequest({
    ...options,
    path: `${url.pathname}${url.search}`,
    headers: { ...(options.headers as OutgoingHttpHeaders), host: url.host },
    createConnection: (_, done) => {
      dialThrough(proxy, target).then(
        (socket) =>
          done(null, isSecure ? secure({ socket, servername: target.host, secureContext: proxy.trust }) : socket),
        (error: Error) => done(error, undefined as never),
      );
      return undefined;
    },
  });
}
