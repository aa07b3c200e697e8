import {
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http';
import { isIPv6, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { connect as secure } from 'node:tls';
import type { ServiceRule, ServiceVerdict } from '../access/service-rules.ts';
import { Refusal, refuseRequest } from './egress-answers.ts';
import type { parseHttpTarget, Target } from './egress-target.ts';
import { maskSecret } from './mask-secret.ts';
import { endToEnd, isFinalStatus } from './model-route.ts';

const NO_ANSWER = new Refusal(502, 'the host did not answer');

type HttpWish = NonNullable<ReturnType<typeof parseHttpTarget>>;

/** One plain request and the connection that was made for it. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly socket: Socket;
  readonly wish: HttpWish;
  /** To a service of the owner's the connection is secured and the credential put in. */
  readonly verdict: ServiceVerdict;
  /** Certificates of authorities that are trusted besides Node's own, for tests. */
  readonly authorities?: readonly string[] | undefined;
}

/** Carries the request to the host and its answer back; answers itself when that cannot be done. */
export function exchange(of: Exchange): void {
  const { request, response, socket, wish, verdict } = of;
  const service = verdict.kind === 'service' ? verdict.rule : undefined;
  const { method } = request;
  const hasBody = request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined;
  const outgoing = httpRequest({
    createConnection: () => (service === undefined ? socket : secured(of, service)),
    method,
    path: wish.path,
    headers: {
      ...headersFor(request.headers, service),
      // The host that was judged, whatever the client calls it (RFC 9112, 3.2.2).
      host: authorityOf(wish),
      // Without a frame of its own a body would reach the host as a request of its own.
      ...(hasBody && request.headers['content-length'] === undefined ? { 'transfer-encoding': 'chunked' } : {}),
    },
  });
  outgoing.on('error', () => refuseRequest(response, NO_ANSWER));
  outgoing.on('response', (incoming) => {
    if (!startAnswer(response, incoming, service)) return void outgoing.destroy();
    const end = (): void => void socket.destroy();
    if (service === undefined) pipeline(incoming, response, end);
    else pipeline(incoming, maskSecret(service.value), response, end);
  });
  // What is no answer ends without an error, too.
  outgoing.on('close', () => refuseRequest(response, NO_ANSWER));
  if (hasBody) {
    request.pipe(outgoing);
  } else {
    request.resume();
    outgoing.end();
  }
}

/** False when what the host has sent cannot be passed on: it may have sent anything, and Node throws at some of it. */
function startAnswer(
  response: ServerResponse,
  { statusCode = 0, headers }: IncomingMessage,
  service: ServiceRule | undefined,
): boolean {
  if (!isFinalStatus(statusCode)) return false;
  // What is compressed cannot be searched for the secret.
  if (service !== undefined && (headers['content-encoding'] ?? 'identity') !== 'identity') return false;
  try {
    response.writeHead(statusCode, service === undefined ? endToEnd(headers) : maskHeaders(headers, service.value));
    return true;
  } catch {
    return false;
  }
}

function secured({ socket, authorities }: Exchange, { host }: ServiceRule): Socket {
  const ca = authorities === undefined ? {} : { ca: [...authorities] };
  return secure({ socket, servername: host, ...ca });
}

/** The sandbox's own header of that name goes: a service gets the owner's credential or none. */
function headersFor(headers: IncomingHttpHeaders, service: ServiceRule | undefined): OutgoingHttpHeaders {
  const kept = endToEnd(headers);
  return service === undefined ? kept : { ...kept, 'accept-encoding': 'identity', [service.header]: service.value };
}

function maskHeaders(headers: IncomingHttpHeaders, secret: string): OutgoingHttpHeaders {
  const mask = (value: string): string => value.replaceAll(secret, '*'.repeat(secret.length));
  return Object.fromEntries(
    Object.entries(endToEnd(headers)).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map(mask) : mask(value ?? ''),
    ]),
  );
}

function authorityOf({ host, port }: Target): string {
  const name = isIPv6(host) ? `[${host}]` : host;
  return port === 80 ? name : `${name}:${port}`;
}
