import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { judgeService, NO_SERVICES, type ServiceAccess } from '@nanoclaw/host/access/service-rules.js';
import type { ModelCredential } from '@nanoclaw/host/config/config.js';
import { createDialer, type DialDeps } from '@nanoclaw/host/gateway/dial.js';
import { type Gateway, type Metering, startGateway } from '@nanoclaw/host/gateway/gateway-server.js';
import { createRunTokens, type RunTokens } from '@nanoclaw/host/gateway/run-tokens.js';
import type { EgressDeps, EgressReport } from '@nanoclaw/host/gateway/wish.js';
import { silentLog } from '@nanoclaw/host/kernel/log.js';

/** The credential that the gateway under test holds unless it is given another. */
export const GATEWAY_KEY = 'sk-ant-the-real-one';

type MeteredRequest = Parameters<Metering['onRequest']>[0];

/** A request as the model service has seen it; the body one character per byte. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  body: string;
}

export interface GatewayRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A real gateway on a real socket, with a model service on loopback behind it that does as it is told. */
export interface GatewayUnderTest {
  readonly socketPath: string;
  readonly tokens: RunTokens;
  /** The token of a live run. */
  readonly token: string;
  readonly seen: readonly SeenRequest[];
  /** What was told about tunnels and requests to other hosts. */
  readonly reports: readonly EgressReport[];
  /** What was told about requests to the model service. */
  readonly metered: readonly MeteredRequest[];
  /** From now on this group may spend nothing. */
  spend(folder: string): void;
  /** The policy from now on; at first everything is allowed. */
  refuse(rule: EgressDeps['whyRefused']): void;
  /** How the service answers from now on; at first with a small document. */
  answerWith(handler: (request: IncomingMessage, response: ServerResponse) => void): void;
  /** Another gateway on the same socket, with these settings; the one before ends. */
  restart(options: GatewayOptions): Promise<void>;
  /** Another gateway on the same socket beside the one before, which is returned. */
  startSecond(): Promise<Gateway>;
  /** Sends a request as a sandbox would; gives the response when its head has come. */
  open(request?: GatewayRequest): Promise<IncomingMessage>;
  send(request?: GatewayRequest): Promise<{ status: number; body: string; headers: IncomingMessage['headers'] }>;
  /** Bytes in, the first bytes of the answer out. */
  exchange(bytes: string): Promise<string>;
  stopGateway(): Promise<void>;
  end(): Promise<void>;
}

export interface GatewayOptions {
  readonly credential?: ModelCredential;
  /** Path in the configured address of the service. */
  readonly path?: string;
  /** The whole address, for a service that is not there. */
  readonly base?: string;
  /** How other hosts are found and judged; the default is as in the product. */
  readonly dial?: DialDeps;
  /** The owner's services; none by default. */
  readonly services?: ServiceAccess;
}

export async function aGateway(): Promise<GatewayUnderTest> {
  const directory = mkdtempSync(join(tmpdir(), 'nanoclaw-gateway-'));
  const socketPath = join(directory, 'gateway.sock');
  const service = await aService();
  const tokens = createRunTokens();
  const token = tokens.issue({ groupFolder: 'main', runId: 'run-1' });
  const reports: EgressReport[] = [];
  const metered: MeteredRequest[] = [];
  const spent = new Set<string>();
  let whyRefused: EgressDeps['whyRefused'] = () => undefined;

  function start(options: GatewayOptions): Promise<Gateway> {
    const base = new URL(options.base ?? `http://127.0.0.1:${service.port}${options.path ?? ''}`);
    const credential = options.credential ?? { scheme: 'api-key', secret: GATEWAY_KEY, variable: 'ANTHROPIC_API_KEY' };
    const upstream = { kind: 'url', base } as const;
    const egress: EgressDeps = {
      whyRefused: (holder, target) => whyRefused(holder, target),
      whyServiceRefused: (holder, rule) => (rule.ask ? whyRefused(holder, rule) : undefined),
      judgeService: (folder, request) => judgeService(options.services ?? NO_SERVICES, folder, request),
      dial: createDialer(options.dial ?? {}),
      authorities: options.dial?.authorities,
      onReport: (report) => reports.push(report),
    };
    const metering: Metering = {
      isSpent: (folder) => spent.has(folder),
      onRequest: (request) => void metered.push(request),
    };
    return startGateway({ socketPath, upstream, credential, tokens, metering, egress, now: () => 0, log: silentLog });
  }

  let gateway = await start({});
  const open = (request: GatewayRequest = {}): Promise<IncomingMessage> => openRequest(socketPath, token, request);
  return {
    socketPath,
    tokens,
    token,
    seen: service.seen,
    reports,
    metered,
    spend: (folder) => void spent.add(folder),
    refuse(rule) {
      whyRefused = rule;
    },
    answerWith: service.answerWith,
    async restart(options) {
      await gateway.stop();
      gateway = await start(options);
    },
    async startSecond() {
      const first = gateway;
      gateway = await start({});
      return first;
    },
    open,
    async send(request) {
      const response = await open(request);
      return { status: response.statusCode ?? 0, body: await text(response), headers: response.headers };
    },
    exchange: (bytes) => exchangeBytes(socketPath, bytes),
    stopGateway: () => gateway.stop(),
    async end() {
      await gateway.stop();
      service.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function aService() {
  const seen: SeenRequest[] = [];
  let handler: (request: IncomingMessage, response: ServerResponse) => void = (_, response) => {
    response.end('{"ok":true}');
  };
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request;
    const entry = { method, url, headers, body: '' };
    seen.push(entry);
    request.on('data', (chunk: Buffer) => {
      entry.body += chunk.toString('latin1');
    });
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    seen,
    port: (server.address() as AddressInfo).port,
    answerWith(next: typeof handler) {
      handler = next;
    },
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function openRequest(socketPath: string, token: string, request: GatewayRequest): Promise<IncomingMessage> {
  const { method = 'POST', path = '/v1/messages', headers = { 'x-api-key': token }, body = '{}' } = request;
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ socketPath, method, path, headers, agent: false }, resolve);
    outgoing.on('error', reject);
    outgoing.end(method === 'POST' ? body : undefined);
  });
}

function exchangeBytes(socketPath: string, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath, () => socket.write(bytes));
    socket.once('data', (data) => {
      resolve(data.toString());
      socket.destroy();
    });
    socket.once('error', reject);
  });
}
