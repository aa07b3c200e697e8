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
import { secretForms } from './secret-forms.ts';

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
    else pipeline([incoming, ...secretForms(service.value).map(maskSecret), response], end);
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
    response.writeHead(
      statusCode,
      service === undefined ? endToEnd(headers) : maskHeaders(headers, secretForms(service.value)),
    );
    return true;
  } catch {
    return false;
  }
}

function secured({ socket, authorities }: Exchange, { host }: ServiceRule): Socket {
  const ca = authorities === undefined ? {} : { ca: [...authorities] };
  return secure({ socket, servername: host, ...ca });
}

/**
 * Of what a sandbox says to a service, these do not arrive: a session is as good as the credential it was opened with, and
 * the others make another request of one that was judged by its method and path.
 */
const NOT_FOR_SERVICES = [
  ...['cookie', 'cookie2'],
  ...['x-http-method', 'x-http-method-override', 'x-method-override', 'x-original-url', 'x-rewrite-url'],
];

/** The sandbox's own header of that name goes: a service gets the owner's credential or none. */
function headersFor(headers: IncomingHttpHeaders, service: ServiceRule | undefined): OutgoingHttpHeaders {
  const kept = endToEnd(headers);
  if (service === undefined) return kept;
  for (const name of NOT_FOR_SERVICES) delete kept[name];
  return { ...kept, 'accept-encoding': 'identity', [service.header]: service.value };
}

/** Without sessions: by a cookie of the service's, what got it could ask without being judged. */
function maskHeaders(headers: IncomingHttpHeaders, forms: readonly string[]): OutgoingHttpHeaders {
  const mask = (value: string): string =>
    forms.reduce((masked, secret) => masked.replaceAll(secret, '*'.repeat(secret.length)), value);
  return Object.fromEntries(
    Object.entries(endToEnd(headers))
      .filter(([name]) => name !== 'set-cookie' && name !== 'set-cookie2')
      .map(([name, value]) => [name, Array.isArray(value) ? value.map(mask) : mask(value ?? '')]),
  );
}

function authorityOf({ host, port }: Target): string {
  const name = isIPv6(host) ? `[${host}]` : host;
  return port === 80 ? name : `${name}:${port}`;
}
