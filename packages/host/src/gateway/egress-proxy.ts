import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { asRefusal, Refusal, refuseRequest, refuseTunnel } from './egress-answers.ts';
import { parseAuthority, parseHttpTarget } from './egress-target.ts';
import { exchange } from './exchange.ts';
import { holderOf, type ProxyDeps, verdictOf, wishOf } from './wish.ts';

const TOO_MANY = 'too many connections at the same time';

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

/** Passes on one request for `http://…`; to a service of the owner's over TLS and with its credential. */
export async function passOn(deps: ProxyDeps, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const target = parseHttpTarget(request.url ?? '');
    const verdict = verdictOf(deps, request, target);
    const wish = wishOf(deps, request, target, verdict);
    try {
      if (!deps.places.begin(holderOf(deps, request), request.socket, () => response.destroy())) {
        throw new Refusal(429, TOO_MANY);
      }
      response.once('close', () => deps.places.end(request.socket));
      const socket = await wish.open();
      // Whatever ends the answer, the client's going away while its host was dialled included, ends the connection.
      response.once('close', () => socket.destroy());
      if (response.destroyed) socket.destroy();
      else exchange({ request, response, socket, wish: wish.target, verdict, authorities: deps.authorities });
    } catch (error) {
      wish.refused(asRefusal(error));
      throw error;
    }
  } catch (error) {
    refuseRequest(response, asRefusal(error));
  }
}
