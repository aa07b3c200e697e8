import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { isIPv6, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import type { Instant } from '../kernel/clock.ts';
import { describeError } from '../kernel/errors.ts';
import type { ConnectionPlaces } from './connection-places.ts';
import { type Dial, DialError } from './dial.ts';
import { asRefusal, Refusal, refuseRequest, refuseTunnel } from './egress-answers.ts';
import { parseAuthority, parseHttpTarget, type Target } from './egress-target.ts';
import { endToEnd, isFinalStatus } from './model-route.ts';
import type { RunTokens, TokenHolder } from './run-tokens.ts';

/** How long nothing may pass through a connection to a host, in milliseconds. */
export const MAX_TUNNEL_SILENCE_MS = 15 * 60_000;

/** What became of one wish to reach a host of the internet. */
export interface EgressReport extends TokenHolder {
  readonly method: string;
  readonly host: string;
  readonly port: number;
  /** The address that was connected to, or why there was no connection. */
  readonly outcome: { readonly address: string } | { readonly refused: string };
  readonly bytesOut: number;
  readonly bytesIn: number;
  readonly ms: number;
}

/** What a gateway needs to let agents reach hosts besides the model service. */
export interface EgressDeps {
  /** Why a group may not reach a target; undefined when it may. */
  readonly whyRefused: (groupFolder: string, target: Target) => string | undefined;
  readonly dial: Dial;
  readonly onReport: (report: EgressReport) => void;
}

type ProxyDeps = EgressDeps & {
  readonly tokens: RunTokens;
  readonly places: ConnectionPlaces;
  readonly mayWish: (holder: TokenHolder) => boolean;
  readonly now: () => Instant;
};

/** One wish of a live run. */
interface Wish<Wished extends Target> {
  readonly target: Wished;
  /** Dials when the policy lets it; throws a Refusal. Counts what passes until the connection is closed. */
  open(): Promise<Socket>;
  /** Tells, once, that there is no connection. */
  refused(refusal: Refusal): void;
}

/** Opens a tunnel (CONNECT): TLS stays between the sandbox and the host it talks to, only bytes pass here. */
export async function openTunnel(
  deps: ProxyDeps,
  { request, client, head }: { request: IncomingMessage; client: Socket; head: Buffer },
): Promise<void> {
  client.on('error', () => client.destroy());
  try {
    const wish = wishOf(deps, request, parseAuthority(request.url ?? ''));
    try {
      if (!deps.places.begin(holderOf(deps, request), client, () => client.destroy())) throw new Refusal(429, TOO_MANY);
      const upstream = await wish.open();
      if (client.destroyed) return void upstream.destroy();
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.write(head);
      pipeline(client, upstream, client, () => client.destroy());
    } catch (error) {
      wish.refused(asRefusal(error));
      throw error;
    }
  } catch (error) {
    refuseTunnel(client, asRefusal(error));
  }
}

/** Passes on one request for `http://…`. */
export async function passOn(deps: ProxyDeps, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const wish = wishOf(deps, request, parseHttpTarget(request.url ?? ''));
    try {
      if (!deps.places.begin(holderOf(deps, request), request.socket, () => response.destroy())) {
        throw new Refusal(429, TOO_MANY);
      }
      response.once('close', () => deps.places.end(request.socket));
      const socket = await wish.open();
      // Whatever ends the answer, the client's going away while its host was dialled included, ends the connection.
      response.once('close', () => socket.destroy());
      if (response.destroyed) socket.destroy();
      else exchange({ request, response, socket, wish: wish.target });
    } catch (error) {
      wish.refused(asRefusal(error));
      throw error;
    }
  } catch (error) {
    refuseRequest(response, asRefusal(error));
  }
}

const TOO_MANY = 'too many connections at the same time';
const NO_ANSWER = new Refusal(502, 'the host did not answer');

type HttpWish = NonNullable<ReturnType<typeof parseHttpTarget>>;

function exchange(of: { request: IncomingMessage; response: ServerResponse; socket: Socket; wish: HttpWish }): void {
  const { request, response, socket, wish } = of;
  const { method } = request;
  const hasBody = request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined;
  const outgoing = httpRequest({
    createConnection: () => socket,
    method,
    path: wish.path,
    headers: {
      ...endToEnd(request.headers),
      // The host that was judged, whatever the client calls it (RFC 9112, 3.2.2).
      host: authorityOf(wish),
      // Without a frame of its own a body would reach the host as a request of its own.
      ...(hasBody && request.headers['content-length'] === undefined ? { 'transfer-encoding': 'chunked' } : {}),
    },
  });
  outgoing.on('error', () => refuseRequest(response, NO_ANSWER));
  outgoing.on('response', (incoming) => {
    if (!startAnswer(response, incoming)) return void outgoing.destroy();
    pipeline(incoming, response, () => socket.destroy());
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
function startAnswer(response: ServerResponse, { statusCode = 0, headers }: IncomingMessage): boolean {
  if (!isFinalStatus(statusCode)) return false;
  try {
    response.writeHead(statusCode, endToEnd(headers));
    return true;
  } catch {
    return false;
  }
}

function authorityOf({ host, port }: Target): string {
  const name = isIPv6(host) ? `[${host}]` : host;
  return port === 80 ? name : `${name}:${port}`;
}

function holderOf({ tokens }: ProxyDeps, request: IncomingMessage): TokenHolder {
  const holder = tokens.identifyClient(request.headers['proxy-authorization']);
  if (holder === undefined) throw new Refusal(407, 'the token belongs to no live run');
  return holder;
}

function wishOf<Wished extends Target>(
  deps: ProxyDeps,
  request: IncomingMessage,
  target: Wished | undefined,
): Wish<Wished> {
  const holder = holderOf(deps, request);
  if (!deps.mayWish(holder)) throw new Refusal(429, 'this run has asked for too many hosts: wait a while');
  if (target === undefined) throw new Refusal(400, 'a host is asked for as CONNECT host:port, or as http://host/');
  const { method = '' } = request;
  const { host, port } = target;
  const startedAt = deps.now();
  let isTold = false;
  function tell(outcome: EgressReport['outcome'], bytesOut = 0, bytesIn = 0): void {
    if (isTold) return;
    isTold = true;
    deps.onReport({ ...holder, method, host, port, outcome, bytesOut, bytesIn, ms: deps.now() - startedAt });
  }
  return {
    target,
    async open() {
      const why = deps.whyRefused(holder.groupFolder, target);
      if (why !== undefined) throw new Refusal(403, why);
      const socket = await deps.dial(target).catch((error: unknown) => {
        const isForbidden = error instanceof DialError && error.kind === 'forbidden';
        throw new Refusal(isForbidden ? 403 : 502, describeError(error));
      });
      const { remoteAddress: address = '' } = socket;
      socket.setTimeout(MAX_TUNNEL_SILENCE_MS, () => socket.destroy());
      socket.on('error', () => socket.destroy());
      socket.once('close', () => tell({ address }, socket.bytesWritten, socket.bytesRead));
      return socket;
    },
    refused: ({ message }) => tell({ refused: message }),
  };
}
