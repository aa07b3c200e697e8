import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { SERVICE_CERTIFICATE } from './service-certificate.ts';

/** OneCLI on loopback: the API that its SDK speaks, and the proxy that opens TLS and puts credentials in. */
export interface OneCliServer {
  readonly url: string;
  readonly apiKey: string;
  /** What its proxy puts in; no sandbox ever sees it. */
  readonly injected: string;
  /** Identifiers of agents that were made. */
  readonly agents: readonly string[];
  /** Who asked the proxy for what: the agent's own token, and host and port. */
  readonly tunnels: readonly { readonly agent: string; readonly target: string }[];
  /** Headers of requests to hosts as they came, before the credential was put in. */
  readonly seen: readonly IncomingMessage['headers'][];
  /** What the API answers from now on; `undefined`: what it should. */
  fail(status: number | undefined): void;
  /** Hosts that the proxy refuses from now on. */
  refuse(host: string): void;
  close(): Promise<void>;
}

/** `handle` is every host behind the proxy; requests reach it with the credential in `x-api-key`. */
export async function startOneCliServer(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<OneCliServer> {
  const apiKey = 'oc_the-key-of-the-host';
  const injected = 'sk-ant-kept-by-onecli';
  const agents: string[] = [];
  const tunnels: { agent: string; target: string }[] = [];
  const seen: IncomingMessage['headers'][] = [];
  const refused = new Set<string>();
  const sockets = new Set<Socket>();
  let failure: number | undefined;
  const hosts = createSecureServer(SERVICE_CERTIFICATE, (request, response) => {
    seen.push({ ...request.headers });
    request.headers['x-api-key'] = injected;
    handle(request, response);
  });
  const server = createServer((request, response) => {
    void api(request, response);
  });

  async function api(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const send = (status: number, document: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(document));
    };
    const url = new URL(request.url ?? '/', 'http://onecli');
    if (failure !== undefined) return send(failure, {});
    if (request.headers.authorization !== `Bearer ${apiKey}`) return send(401, {});
    if (request.method === 'POST' && url.pathname === '/v1/agents') {
      const { identifier } = JSON.parse(body) as { identifier: string };
      if (agents.includes(identifier)) return send(409, {});
      agents.push(identifier);
      return send(201, { id: identifier, identifier });
    }
    const agent = url.searchParams.get('agent');
    if (agent !== null && !agents.includes(agent)) return send(404, {});
    const proxy = `http://x:aoc_${agent ?? 'default'}@127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { cert: caCertificate } = SERVICE_CERTIFICATE;
    const env = { HTTPS_PROXY: proxy, HTTP_PROXY: proxy, ANTHROPIC_API_KEY: 'placeholder' };
    send(200, { env, caCertificate, caCertificateContainerPath: '/tmp/onecli-proxy-ca.pem' });
  }

  server.on('connect', (request, client: Socket, head: Buffer) => {
    const [, token = ''] = Buffer.from(request.headers['proxy-authorization']?.split(' ')[1] ?? '', 'base64')
      .toString()
      .split(':');
    const target = request.url ?? '';
    client.on('error', () => client.destroy());
    if (!token.startsWith('aoc_')) return client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    tunnels.push({ agent: token.slice('aoc_'.length), target });
    if (refused.has(target.split(':')[0] ?? '')) return client.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    client.unshift(head);
    hosts.emit('connection', client);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    ...{ url, apiKey, injected, agents, tunnels, seen },
    fail(status) {
      failure = status;
    },
    refuse: (host) => void refused.add(host),
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
