import { chmodSync, rmSync } from 'node:fs';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream';
import type { ModelCredential } from '../config/config.ts';
import { describeError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { type ConnectionPlaces, createConnectionPlaces } from './connection-places.ts';
import { openTunnel, passOn } from './egress-proxy.ts';
import { createModelMeter, estimateUnanswered, type Metered, type ModelWatch } from './model-meter.ts';
import {
  downstreamHeaders,
  isAllowedTarget,
  isFinalStatus,
  isPaidFor,
  type ModelUpstream,
  upstreamHeaders,
} from './model-route.ts';
import { billOf, MAX_BILLED_BYTES, type RequestBill } from './request-bill.ts';
import type { RunTokens, TokenHolder } from './run-tokens.ts';
import { requestThrough } from './upstream-proxy.ts';
import type { EgressDeps } from './wish.ts';
import { createWishLimit } from './wish-limit.ts';

/** Most connections of all sandboxes together. */
export const MAX_GATEWAY_CONNECTIONS = 512;

/** Most requests of one run on their way at the same time; each is a connection to the model service. */
export const MAX_REQUESTS_PER_RUN = 64;

/** Largest request body passed on, in bytes; the model service itself takes 32 MiB. */
export const MAX_REQUEST_BYTES = 64 * 1024 * 1024;

/** How long the upstream may take to say anything at all, in milliseconds. */
const UPSTREAM_SILENCE_MS = 10 * 60_000;

export interface Gateway {
  stop(): Promise<void>;
}

/** Who pays: told of every request to the model service, and asked before each. */
export interface Metering {
  /** Whether the group may not spend any more. */
  isSpent(groupFolder: string): boolean;
  /** Called once when a request is over, whoever ended it. */
  onRequest(request: TokenHolder & Metered & { readonly status: number; readonly bill?: RequestBill }): void;
}

interface GatewayDeps {
  readonly socketPath: string;
  readonly upstream: ModelUpstream;
  readonly credential: ModelCredential;
  readonly tokens: RunTokens;
  readonly metering: Metering;
  readonly watch?: ModelWatch;
  /** How agents reach other hosts. */
  readonly egress: EgressDeps;
  readonly now: () => number;
  readonly log: Log;
}

/**
 * The sandboxes' only way out, on a Unix socket. A request that carries the token of a live run goes on to the model
 * service with the owner's credential in place of the token; bodies stream in both directions, nothing is kept.
 */
export async function startGateway(deps: GatewayDeps): Promise<Gateway> {
  rmSync(deps.socketPath, { force: true });
  const places = createConnectionPlaces({
    connections: MAX_GATEWAY_CONNECTIONS,
    requestsPerRun: MAX_REQUESTS_PER_RUN,
  });
  const mayWish = createWishLimit(deps.now);
  const proxy = { ...deps.egress, tokens: deps.tokens, now: deps.now, places, mayWish };
  const server = createServer({ maxHeaderSize: 64 * 1024 }, (request, response) => {
    if (/^[a-z]+:/i.test(request.url ?? '')) void passOn(proxy, request, response);
    else serve({ ...deps, places }, request, response);
  });
  const tunnels = new Set<Socket>();
  server.on('connect', (request, client: Socket, head) => {
    tunnels.add(client);
    client.once('close', () => tunnels.delete(client));
    void openTunnel(proxy, { request, client, head });
  });
  server.on('connection', places.add);
  // Answers may stream for as long as the model thinks.
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(deps.socketPath, resolve);
  });
  server.on('error', (error) => deps.log.error('gateway.failed', { error: describeError(error) }));
  // Sandboxes run as another user; the directory above is closed to everybody else, and the token decides.
  chmodSync(deps.socketPath, 0o666);
  return {
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        // Since its tunnel was opened, a connection is none of the server's.
        for (const client of tunnels) client.destroy();
      }),
  };
}

type ServeDeps = GatewayDeps & { readonly places: ConnectionPlaces };

function serve(deps: ServeDeps, request: IncomingMessage, response: ServerResponse): void {
  const holder = deps.tokens.identify({
    apiKey: request.headers['x-api-key']?.toString(),
    authorization: request.headers.authorization,
  });
  const { method = '', url: target = '' } = request;
  if (holder === undefined) {
    refuse(response, { status: 401, type: 'authentication_error', message: STRANGER });
  } else if (!isAllowedTarget(method, target)) {
    refuse(response, { status: 403, type: 'permission_error', message: NOT_A_MODEL_PATH });
  } else if (Number(request.headers['content-length'] ?? 0) > MAX_REQUEST_BYTES) {
    refuse(response, TOO_LARGE);
  } else if (isPaidFor(target) && deps.metering.isSpent(holder.groupFolder)) {
    refuse(response, SPENT);
  } else {
    forward({ deps, holder, request, response, path: target });
  }
}

const STRANGER = 'gateway: this token belongs to no live run';
const NOT_A_MODEL_PATH = 'gateway: only the model API is reachable here';
const TOO_MANY = { status: 429, type: 'rate_limit_error', message: `gateway: over ${MAX_REQUESTS_PER_RUN} requests` };
const TOO_LARGE = { status: 413, type: 'request_too_large', message: `gateway: over ${MAX_REQUEST_BYTES} bytes` };

const SPENT = { status: 402, type: 'billing_error', message: 'gateway: what this chat may spend today is spent' };
const UNREACHABLE = { status: 502, type: 'api_error', message: 'gateway: the model service cannot be reached' };

interface Exchange {
  readonly deps: ServeDeps;
  readonly holder: TokenHolder;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
}

function forward(exchange: Exchange): void {
  const { deps, holder, request, response, path } = exchange;
  const startedAt = deps.now();
  let isAnswered = false;
  if (!deps.places.begin(holder, request.socket, () => upstream.destroy())) {
    refuse(response, TOO_MANY);
    return;
  }
  if (isPaidFor(path)) deps.watch?.asked(holder.runId);
  const upstream = openUpstream(exchange);
  upstream.setTimeout(UPSTREAM_SILENCE_MS, () => upstream.destroy(new Error('the model service fell silent')));
  upstream.on('response', (answer) => {
    const { statusCode: status = 0 } = answer;
    if (!isFinalStatus(status)) {
      upstream.destroy(new Error(`the model service answered with status ${status}`));
      return;
    }
    isAnswered = true;
    if (isPaidFor(path)) answer.once('data', () => deps.watch?.answering(holder.runId));
    response.writeHead(status, downstreamHeaders(answer.headers));
    response.flushHeaders();
    const meter = createModelMeter(answer.headers['content-type'] ?? '');
    pipeline(answer, meter.stream, response, () => {
      const ms = deps.now() - startedAt;
      const metered = meter.read();
      if (metered !== undefined && isPaidFor(path))
        deps.metering.onRequest({ ...holder, ...metered, status, ...sent.bill() });
      deps.log.debug('gateway.request', { ...holder, method: request.method, path, status, ms });
    });
  });
  upstream.on('error', (error) => {
    if (response.writableEnded || response.destroyed) return;
    deps.log.warn('gateway.upstream-failed', { ...holder, path, error: describeError(error) });
    if (response.headersSent) response.destroy();
    else refuse(response, UNREACHABLE);
  });
  // What is no answer ends without an error, too: a service that wants to speak another protocol, for one.
  upstream.on('close', () => refuse(response, UNREACHABLE));
  response.on('close', () => {
    deps.places.end(request.socket);
    // Whoever leaves before the answer has had the service work all the same.
    const isLeft = !isAnswered && !response.writableEnded && isPaidFor(path);
    if (isLeft) deps.metering.onRequest({ ...holder, ...estimateUnanswered(sent.bytes), status: 0 });
    upstream.destroy();
  });
  const sent = sendBody(exchange, upstream);
}

/** What is known of a body as it goes. */
interface SentBody {
  readonly bytes: number;
  /** Where its bytes come from; to be asked once, when nobody waits any more. */
  bill(): { bill?: RequestBill };
}

function sendBody({ request, response }: Exchange, upstream: ReturnType<typeof httpRequest>): SentBody {
  let kept: Buffer[] = [];
  const sent = {
    bytes: 0,
    bill() {
      const bill = sent.bytes > MAX_BILLED_BYTES ? undefined : billOf(Buffer.concat(kept));
      kept = [];
      return bill === undefined ? {} : { bill };
    },
  };
  if (request.method !== 'POST') {
    // What comes with a request that has no body would reach the upstream unframed, as a request of its own.
    request.resume();
    upstream.end();
    return sent;
  }
  request.on('data', (chunk: Buffer) => {
    sent.bytes += chunk.length;
    if (sent.bytes <= MAX_BILLED_BYTES) kept.push(chunk);
    else kept = [];
    if (sent.bytes <= MAX_REQUEST_BYTES || response.writableEnded) return;
    request.unpipe(upstream);
    request.resume();
    refuse(response, TOO_LARGE);
    upstream.destroy();
  });
  request.pipe(upstream);
  return sent;
}

function openUpstream({ deps, holder, request, path }: Exchange): ReturnType<typeof httpRequest> {
  const headers = upstreamHeaders(request.headers, deps.credential);
  if (request.method !== 'POST') delete headers['content-length'];
  const options: RequestOptions = { method: request.method, headers };
  if (deps.upstream.kind === 'socket') return httpRequest({ ...options, socketPath: deps.upstream.path, path });
  const { base } = deps.upstream;
  const target = new URL(`${base.pathname.replace(/\/$/, '')}${path}`, base);
  const proxy = deps.tokens.proxyOf(holder);
  if (proxy !== undefined) return requestThrough(proxy, target, options);
  return (base.protocol === 'https:' ? httpsRequest : httpRequest)(target, options);
}

/** Answers in the model API's own error form, so that the client in the sandbox understands it. */
function refuse(response: ServerResponse, answer: { status: number; type: string; message: string }): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(answer.status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ type: 'error', error: { type: answer.type, message: answer.message } }));
}
