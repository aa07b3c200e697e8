import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { describeError } from '../kernel/errors.ts';

/** An answer of the gateway itself, in words that the agent can act on. */
export class Refusal extends Error {
  readonly status: 400 | 403 | 407 | 429 | 502;

  constructor(status: Refusal['status'], message: string) {
    super(message);
    this.status = status;
  }
}

export function asRefusal(error: unknown): Refusal {
  return error instanceof Refusal ? error : new Refusal(502, describeError(error));
}

const REASONS: Record<Refusal['status'], string> = {
  400: 'Bad Request',
  403: 'Forbidden',
  407: 'Proxy Authentication Required',
  429: 'Too Many Requests',
  502: 'Bad Gateway',
};

function headersOf({ status, message }: Refusal): Record<string, string> {
  return {
    'content-type': 'text/plain; charset=utf-8',
    // Clients show of a refused tunnel its head only.
    'x-nanoclaw-refused': message.replaceAll(/[^\x20-\x7e]/g, '?'),
    ...(status === 407 ? { 'proxy-authenticate': 'Basic realm="NanoClaw gateway"' } : {}),
    connection: 'close',
  };
}

/** Refuses a tunnel: there is no response object, only the connection. */
export function refuseTunnel(client: Socket, refusal: Refusal): void {
  const head = Object.entries(headersOf(refusal)).map(([name, value]) => `${name}: ${value}\r\n`);
  const body = `gateway: ${refusal.message}\n`;
  const start = `HTTP/1.1 ${refusal.status} ${REASONS[refusal.status]}\r\n`;
  client.end(`${start}${head.join('')}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

export function refuseRequest(response: ServerResponse, refusal: Refusal): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(refusal.status, headersOf(refusal));
  response.end(`gateway: ${refusal.message}\n`);
}
